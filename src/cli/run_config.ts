import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { TapistryError } from '../base/errors.ts'
import { loadConfig, type LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/options.ts'
import { configFileDefault } from './config.ts'
import { isCapture } from './is_capture.ts'
import type { RunOptions } from './run.ts'
import type { Streams } from './streams.ts'

/** Where the configuration is: as named, or the file of this folder; null for none. */
export function configPath({ config }: Pick<RunOptions, 'config'>, { cwd }: Streams): string | null {
  return config ?? (existsSync(resolve(cwd, configFileDefault)) ? configFileDefault : null)
}

/** The effective configuration: file, then environment, then command line. Throws `TapistryError` (CONFIG, USAGE) with what is wrong. */
export function runConfig(options: RunOptions, streams: Streams): LoadedConfig {
  const { config, warnings, placeOf } = loadConfig(configPath(options, streams), streams.env, streams.cwd, { withSecrets: true })
  const sources = [...config.sources, ...namedSources(options, streams.cwd)]
  if (sources.length === 0) {
    throw new TapistryError('USAGE', 'nothing to read: name a source with --interface eth1 or --file access.log, or list sources in tapistry.yaml')
  }
  return {
    config: {
      ...config,
      sources,
      dataDir: options.dataDir ?? config.dataDir,
      listen: options.listen ?? config.listen,
      descriptors: [...(config.descriptors ?? []), ...(options.descriptors ?? [])],
      specs: [...config.specs, ...(options.spec ?? []).map((path) => ({ path }))],
    },
    warnings,
    placeOf: (key) => (isOfCommandLine(key, config, options) ? 'command line' : placeOf(key)),
  }
}

/** Whether the command line set the value: options win over the file, and what they list comes behind what that lists. */
function isOfCommandLine(key: string, { sources, specs, descriptors = [] }: Config, { listen, dataDir }: RunOptions): boolean {
  const [name, index] = key.split('.')
  if (name === 'listen') return listen !== undefined
  if (name === 'dataDir') return dataDir !== undefined
  if (name === 'descriptors') return Number(index) >= descriptors.length
  return (name === 'sources' && Number(index) >= sources.length) || (name === 'specs' && Number(index) >= specs.length)
}

/** The sources of the command line. */
function namedSources({ interface: interfaces = [], file: files = [], filter, host }: RunOptions, cwd: string): Config['sources'] {
  const filtered = filter === undefined ? {} : { filter }
  const named = host === undefined ? {} : { host }
  return [
    ...interfaces.map((name) => Object.assign({ type: 'interface', name }, filtered)),
    ...files.map((path) =>
      isCapture(resolve(cwd, path)) ? Object.assign({ type: 'pcap', path, follow: true }, filtered) : Object.assign({ type: 'log', path }, named),
    ),
  ]
}
