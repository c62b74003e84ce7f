import { resolve } from 'node:path'

import { makeChannels } from '../alert/make_channels.ts'
import { buildServer } from '../api/server.ts'
import { assertListenable } from '../api/listen.ts'
import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import { knownServices } from '../config/known_services.ts'
import type { Config } from '../config/options.ts'
import { readRegisteredSpecs } from '../config/registered_specs.ts'
import { specProblemText } from '../config/spec_files.ts'
import { checkFilters } from '../daemon/check_filters.ts'
import type { SayOfChannel } from '../alert/delivery.ts'
import type { ServiceTags } from '../alert/subject.ts'
import { openDaemon, type Daemon } from '../daemon/daemon.ts'
import { serviceManager } from '../daemon/service_manager.ts'
import type { Known } from '../finding/read_out.ts'
import { keepNetRaw } from '../source/privileges.ts'
import { openLog, type Log } from '../telemetry/log.ts'
import type { CommandContext } from './command.ts'
import { runConfig } from './run_config.ts'
import type { RunOptions } from './run.ts'
import { wantsColor, type Streams } from './streams.ts'

/** Runs until a signal ends it. Everything is checked before anything is started; what was started is stopped where something fails. */
export async function runDaemon(options: RunOptions, { streams, exit }: CommandContext): Promise<void> {
  const { config, warnings } = runConfig(options, streams)
  const address = assertListenable(config.listen)
  // Before anything is opened: the process may begin anew with fewer rights.
  if (config.sources.some(({ type }) => type === 'interface')) keepNetRaw()
  const log = openLog({
    level: options.quiet ? 'error' : options.logLevel === 'warn' ? 'info' : options.logLevel,
    format: options.logFormat ?? (streams.errIsTty ? 'terminal' : 'json'),
    color: streams.errIsTty && wantsColor(streams),
    write: streams.paint,
  })
  for (const warning of warnings) log.warn(warning)
  const known = readKnown(config, streams, log)
  await checkFilters(config.sources)
  const channels = makeChannels(config, Date.now)
  const dataDir = resolve(streams.cwd, config.dataDir)
  const manager = serviceManager(streams.env)
  // From here on a signal is no sudden end: one that comes while it starts is heard once it runs.
  const ended = terminated()
  let isReloadAsked = false
  let reload = (): void => {
    isReloadAsked = true
  }
  process.on('SIGHUP', () => reload())
  const daemon = openDaemon({
    config,
    cwd: streams.cwd,
    dataDir,
    known,
    tags: tagsOf(config),
    channels,
    now: Date.now,
    sayOfChannel: (channel, event, problem) => sayOfChannel(log, channel, event, problem),
    say: (source, event, problem) =>
      event === 'up' ? log.info('source is read again', { source }) : log.warn('source cannot be read', { source, reason: problem ?? '' }),
    note: (line) => log.info(line),
  })
  const server = buildServer({ ...daemon, ingest: daemon.http, otlp: daemon.http }, { log })
  let url: string
  try {
    url = await server.listen(address)
  } catch (thrown) {
    await daemon.stop()
    throw new TapistryError('CONFIG', `listen: ${config.listen} cannot be used: ${listenReason(thrown)}`, { cause: thrown })
  }
  daemon.start()
  log.info('Tapistry runs', { version: tapistryVersion(), address: url, path: dataDir, count: config.sources.length })
  if (!options.quiet && streams.errIsTty)
    streams.note(`tapistry: ${config.sources.length} source(s), data in ${dataDir}\ntapistry: see ${url}/api/v1/endpoints`)
  manager.ready(`listening on ${url}`)
  const unwatch = manager.watch()
  reload = () => {
    manager.reloading()
    reloadConfig(daemon, config, options, streams, log)
    manager.ready(`listening on ${url}`)
  }
  if (isReloadAsked) reload()
  const signal = await ended
  log.info('stopping: what was read is being kept', { signal })
  manager.stopping()
  reload = () => undefined
  unwatch()
  try {
    await Promise.all([server.close(), daemon.stop()])
    log.info('stopped')
  } catch (thrown) {
    log.error('not everything was kept', { reason: thrown instanceof TapistryError ? thrown.message : systemReason(thrown) })
    exit(3)
  }
}

/** Resolves with the first signal that asks for an end; a second one ends the process at once. */
function terminated(): Promise<string> {
  return new Promise((resolve_) => {
    let isAsked = false
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(code)
        isAsked = true
        resolve_(signal)
      })
    }
  })
}

/** The registered documents and what is said of services. Throws `TapistryError` (CONFIG) where a document cannot be used at all. */
function readKnown(config: Config, streams: Streams, log: Log): Known {
  const { registry, bindings, problems } = readRegisteredSpecs([], config.specs, streams.cwd)
  for (const problem of problems) if (!problem.fatal) log.warn(specProblemText(problem))
  const fatal = problems.filter((problem) => problem.fatal).map(specProblemText)
  if (fatal.length > 0) throw new TapistryError('CONFIG', fatal)
  return { registry, bindings, services: knownServices(config.services), version: tapistryVersion() }
}

/** Takes over what can be changed while it runs; a configuration that is wrong changes nothing. */
function reloadConfig(daemon: Daemon, running: Config, options: RunOptions, streams: Streams, log: Log): void {
  try {
    const { config, warnings } = runConfig(options, streams)
    const known = readKnown(config, streams, log)
    for (const warning of warnings) log.warn(warning)
    for (const name of ['dataDir', 'listen', 'sources', 'storage', 'alerts'] as const) {
      if (JSON.stringify(config[name]) !== JSON.stringify(running[name])) log.warn(`${name} has changed: it takes effect when Tapistry is started again`)
    }
    daemon.setKnown(known, tagsOf(config))
    log.info('the configuration was read again: specs and services are those of now')
  } catch (thrown) {
    const reason = thrown instanceof TapistryError ? thrown.lines.join('; ') : systemReason(thrown)
    log.error('the configuration is wrong: the running one stays', { reason })
  }
}

function tagsOf({ services }: Config): ServiceTags {
  return new Map(services.map(({ name, tags = [] }) => [name.toLowerCase(), tags]))
}

function sayOfChannel(log: Log, channel: string, event: Parameters<SayOfChannel>[1], problem: string | null): void {
  const fields = { channel, reason: problem ?? '' }
  if (event === 'up') log.info('alerts are delivered again', { channel })
  else if (event === 'down') log.warn('an alert cannot be delivered, it is tried again', fields)
  else log.error('an alert was given up; "tapistry alert list" shows it', fields)
}

function listenReason(thrown: unknown): string {
  const code = systemCode(thrown)
  if (code === 'EADDRINUSE') return 'another program listens there; stop it, or name another port with --listen'
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address'
  return systemReason(thrown)
}
