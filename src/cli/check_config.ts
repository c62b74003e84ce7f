import { statSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Channel } from '../alert/channel.ts'
import { makeChannels } from '../alert/make_channels.ts'
import type { ServiceTags } from '../alert/subject.ts'
import { readTlsIdentity } from '../api/tls.ts'
import { TapistryError } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import { accessProblems } from '../config/access_problems.ts'
import { ConfigError, orConfigError } from '../config/config_error.ts'
import { knownServices } from '../config/known_services.ts'
import { serviceProblems } from '../config/service_problems.ts'
import { refuse, type LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/options.ts'
import { readRegisteredSpecs } from '../config/registered_specs.ts'
import { certificateWarning } from '../config/tls_files.ts'
import { readSpecFiles, specProblemText } from '../config/spec_files.ts'
import { sourceProblems } from '../daemon/check_sources.ts'
import type { Known } from '../finding/reader.ts'
import { readDescriptors, type Descriptors } from '../source/descriptors.ts'
import { listenAddress } from './listen_address.ts'

/** What of a configuration was read on the way of checking it. */
export interface CheckedConfig {
  readonly known: Known
  /** Of services, for the rules of alerts. */
  readonly tags: ServiceTags
  readonly channels: readonly Channel[]
  /** Null where none are named. */
  readonly descriptors: Descriptors | null
  /** What these were made of. */
  readonly alerts: Config['alerts']
  /** Lines for people: what is no mistake, and has less effect than its author may think. */
  readonly warnings: readonly string[]
}

/**
 * Looks at everything that would only fail at start, or later, without starting anything. Throws `TapistryError` (CONFIG) with all that is wrong, a line
 * each, with the place where it was set.
 */
export async function checkConfig({ config, warnings, placeOf }: Pick<LoadedConfig, 'config' | 'warnings' | 'placeOf'>, cwd: string): Promise<CheckedConfig> {
  const { registry, bindings, problems: ofSpecs } = readRegisteredSpecs([], config.specs, cwd)
  const { channels, problems: ofChannels } = makeChannels(config, Date.now)
  const descriptors = orConfigError(() => descriptorsOf(config, cwd))
  const problems = [
    descriptors,
    orConfigError(() => listenAddress(config, cwd)),
    orConfigError(() => config.access.tls && readTlsIdentity(config.access.tls, cwd)),
    ...accessProblems(config),
    dataDirProblem(config.dataDir, cwd),
    storageProblem(config.storage),
    ...serviceProblems(config.services),
    ...(ofSpecs.some(({ fatal }) => fatal) ? specProblems(config.specs, cwd) : []),
    ...(await sourceProblems(config.sources, cwd)),
    ...ofChannels,
  ].filter((one) => one instanceof ConfigError)
  if (problems.length > 0) refuse(problems.map(({ key, message }) => `${placeOf(key)}: ${message}`))
  return {
    known: { registry, bindings, services: knownServices(config.services), version: tapistryVersion() },
    tags: tagsOf(config),
    channels,
    descriptors: descriptors instanceof ConfigError ? null : descriptors,
    alerts: config.alerts,
    warnings: [
      ...warnings,
      ...tlsWarnings(config.access.tls, cwd),
      ...ofSpecs.map(specProblemText),
      ...(descriptors === null || descriptors instanceof ConfigError ? [] : [descriptors.warning].filter((line) => line !== null)),
    ],
  }
}

function descriptorsOf({ descriptors = [] }: Config, cwd: string): Descriptors | null {
  if (descriptors.length === 0) return null
  try {
    return readDescriptors(descriptors.map((file) => resolve(cwd, file)))
  } catch (thrown) {
    if (thrown instanceof TapistryError) throw new ConfigError('descriptors', thrown.message.replace(/^descriptors /, ''), { cause: thrown })
    throw thrown
  }
}

function tlsWarnings(tls: Config['access']['tls'], cwd: string): readonly string[] {
  const warning = tls === undefined ? null : certificateWarning('access.tls.certFile', tls.certFile, cwd, Date.now())
  return warning === null ? [] : [warning]
}

function tagsOf({ services }: Config): ServiceTags {
  return new Map(services.map(({ name, tags = [] }) => [name.toLowerCase(), tags]))
}

function dataDirProblem(dataDir: string, cwd: string): ConfigError | null {
  const isFile = statSync(resolve(cwd, dataDir), { throwIfNoEntry: false })?.isDirectory() === false
  return isFile ? new ConfigError('dataDir', `${dataDir} is a file, and a folder is needed`) : null
}

function storageProblem({ type }: Config['storage']): ConfigError | null {
  return type === 'sqlite' ? null : new ConfigError('storage.type', `${type} is not there yet: use sqlite`)
}

/** Each problem at the entry that has it. */
function specProblems(specs: Config['specs'], cwd: string): ConfigError[] {
  return specs.flatMap(({ path }, index) =>
    readSpecFiles([path], cwd)
      .problems.filter(({ fatal }) => fatal)
      .map((problem) => new ConfigError(`specs.${index}.path`, specProblemText(problem))),
  )
}
