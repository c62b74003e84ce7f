import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { FastifyInstance } from 'fastify'

import type { SayOfChannel } from '../alert/delivery.ts'
import { buildServer } from '../api/server.ts'
import { hostRule } from '../api/hosts.ts'
import { indexing } from '../api/inventory_index.ts'
import { readTlsIdentity, renewTls } from '../api/tls.ts'
import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import { runThrough } from '../base/run_through.ts'
import { tapistryVersion } from '../base/version.ts'
import type { Config } from '../config/options.ts'
import { openDaemon, type Daemon } from '../daemon/daemon.ts'
import { openGuarded } from '../daemon/guarded.ts'
import type { SourceEvent } from '../daemon/supervise.ts'
import { serviceManager } from '../daemon/service_manager.ts'
import { counted } from '../output/text.ts'
import { keepNetRaw } from '../source/privileges.ts'
import { openLog, type Log } from '../telemetry/log.ts'
import { changedKeys } from './changed_keys.ts'
import { checkConfig, type CheckedConfig } from './check_config.ts'
import { listenAddress } from './listen_address.ts'
import type { CommandContext } from './command.ts'
import { startReloading } from './reloading.ts'
import { runConfig } from './run_config.ts'
import type { RunOptions } from './run.ts'
import { wantsColor } from './streams.ts'

/** Runs until a signal ends it. Everything is checked before anything is started; what was started is stopped where something fails. */
export async function runDaemon(options: RunOptions, { streams, exit }: CommandContext): Promise<void> {
  const loaded = runConfig(options, streams)
  const { config } = loaded
  // Before anything is opened: the process may begin anew with fewer rights.
  if (config.sources.some(({ type }) => type === 'interface')) keepNetRaw()
  // By itself V8 collects when its heap has grown threefold or more: what lives long holds that much for good.
  setFlagsFromString('--heap-growing-percent=30')
  const log = openLog({
    level: options.quiet ? 'error' : options.logLevel === 'warn' ? 'info' : options.logLevel,
    format: options.logFormat ?? (streams.errIsTty ? 'terminal' : 'json'),
    color: streams.errIsTty && wantsColor(streams),
    write: streams.paint,
  })
  const { known, tags, channels, alerts, descriptors, warnings } = await checkConfig(loaded, streams.cwd)
  for (const warning of warnings) log.warn(warning)
  const dataDir = resolve(streams.cwd, config.dataDir)
  const address = listenAddress(config, streams.cwd)
  const tls = config.access.tls === undefined ? null : readTlsIdentity(config.access.tls, streams.cwd)
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
    tags,
    channels,
    descriptors,
    now: Date.now,
    prepare: indexing,
    say: (source, event, problem) => {
      const { level, message } = sourceLines[event]
      log[level](message, { source, ...(problem === null ? {} : { reason: problem }) })
    },
    sayOfChannel: (channel, event, problem) => {
      const { level, message } = channelLines[event]
      log[level](message, { channel, ...(problem === null ? {} : { reason: problem }) })
    },
    note: (line) => log.info(line),
    onStorageProblem: (problem) =>
      problem === null
        ? log.info('what is read is kept again')
        : log.error('nothing can be kept: sources wait where they can, and it is tried again', { reason: problem }),
    onSettlerProblem: (problem) =>
      problem === null
        ? log.info('what was kept is merged in the database again')
        : log.warn('what was kept cannot be merged in the database: it is tried again, and the next start takes longer meanwhile', { reason: problem }),
    onPruned: ({ keys, events, days, bytesBefore, bytesAfter }) =>
      log.info(`too old or too much: removed ${counted(keys, 'key')}, ${counted(events, 'change')} and ${counted(days, 'past day')}`, {
        bytes: bytesBefore - bytesAfter,
      }),
    onOverdue: (forgotten, settled) =>
      log.info(
        `too many capture files: forgot ${counted(forgotten, 'file')} that are not there any more, and settled the open ends of ${counted(settled, 'file')}`,
      ),
    onPruneProblem: (problem) => log.warn('nothing that is old can be removed', { reason: problem }),
  })
  const guarded = openGuarded({
    dataDir,
    access: config.access,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    isLoopback: address.isLoopback,
    now: Date.now,
    onFailure: (what, thrown) => log.warn(what, { reason: systemReason(thrown) }),
  })
  const access = { ...guarded, isHost: hostRule(!address.isLoopback, namesOf(config)) }
  const server = buildServer({ ...daemon, tells: () => true, ingest: daemon.http, otlp: daemon.http }, { log, access, ...(tls === null ? {} : { tls }) })
  // Who asks first need not wait for it.
  runThrough(indexing(daemon.inventory(), null))
  let url: string
  try {
    url = await server.listen({ host: address.host, port: address.port })
  } catch (thrown) {
    guarded.close()
    await daemon.stop()
    throw new TapistryError('CONFIG', `listen: ${config.listen} cannot be used: ${listenReason(thrown)}`, { cause: thrown })
  }
  daemon.start()
  if (!address.isLoopback && tls === null) {
    log.warn('other machines reach REST, and what they send, tokens too, can be read on the way: set access.tls, or put a proxy with TLS before it', {
      address: url,
    })
  }
  log.info('Tapistry runs', { version: tapistryVersion(), address: url, path: dataDir, count: config.sources.length })
  if (!options.quiet && streams.errIsTty)
    streams.note(`tapistry: ${config.sources.length} source(s), data in ${dataDir}\ntapistry: see ${url}/api/v1/endpoints`)
  manager.ready(`listening on ${url}`)
  const unwatch = manager.watch()
  let running: Pick<CheckedConfig, 'alerts'> = { alerts }
  const reloading = startReloading(config, options, streams, log, {
    begin: () => manager.reloading(),
    done(next) {
      if (next !== null) {
        daemon.setKnown(next.known, next.tags)
        renewChannels(daemon, running, next, log)
        running = next
        renewCertificate(server, config, streams.cwd, log)
      }
      manager.ready(`listening on ${url}`)
    },
  })
  ;({ reload } = reloading)
  if (isReloadAsked) reload()
  const signal = await ended
  log.info('stopping: what was read is being kept', { signal })
  manager.stopping()
  reload = () => undefined
  reloading.close()
  unwatch()
  try {
    await Promise.all([server.close().then(guarded.close), daemon.stop()])
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

/** Names under which requests come: those that are configured, and that of the place where browsers reach it. */
function namesOf({ access: { hosts }, publicUrl }: Config): readonly string[] {
  return publicUrl === undefined ? hosts : [...hosts, new URL(publicUrl).hostname]
}

/** Tells the channels as they are configured now; while none has changed none is disturbed. */
function renewChannels(daemon: Daemon, { alerts }: Pick<CheckedConfig, 'alerts'>, next: CheckedConfig, log: Log): void {
  const changed = changedKeys('alerts', alerts, next.alerts)
  if (changed.length === 0) return
  try {
    daemon.setChannels(next.channels)
    log.info(`${changed.join(', ')} changed: alerts go by it from now on`)
  } catch (thrown) {
    log.error('the channels of alerts cannot be changed: the running ones stay', { reason: systemReason(thrown) })
  }
}

/** Shows the certificate as it is in its files now; one that cannot be used changes nothing. */
function renewCertificate(server: FastifyInstance, { access: { tls } }: Config, cwd: string, log: Log): void {
  if (tls === undefined) return
  try {
    renewTls(server, readTlsIdentity(tls, cwd))
    log.info('the certificate was read again')
  } catch (thrown) {
    log.error('the certificate cannot be used: the running one stays', { reason: systemReason(thrown) })
  }
}

/** What the log says of a source. */
const sourceLines: Readonly<Record<SourceEvent, { readonly level: 'info' | 'warn'; readonly message: string }>> = {
  down: { level: 'warn', message: 'source cannot be read' },
  partly: { level: 'warn', message: 'a part of the source is not read' },
  waiting: { level: 'info', message: 'source waits for what is not there yet' },
  begun: { level: 'info', message: 'source is read: what it waited for is there' },
  up: { level: 'info', message: 'source is read again' },
}

/** What the log says of a channel of alerts. */
const channelLines: Readonly<Record<Parameters<SayOfChannel>[1], { readonly level: 'info' | 'warn' | 'error'; readonly message: string }>> = {
  down: { level: 'warn', message: 'an alert cannot be delivered, it is tried again' },
  dead: { level: 'error', message: 'an alert was given up; "tapistry alert list" shows it' },
  up: { level: 'info', message: 'alerts are delivered again' },
}

function listenReason(thrown: unknown): string {
  const code = systemCode(thrown)
  if (code === 'EADDRINUSE') return 'another program listens there; stop it, or name another port with --listen'
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address'
  return systemReason(thrown)
}
