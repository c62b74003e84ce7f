import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'

import { buildServer } from '../api/server.ts'
import { assertListenable } from '../api/listen.ts'
import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import { openDaemon } from '../daemon/daemon.ts'
import { serviceManager } from '../daemon/service_manager.ts'
import { counted } from '../output/text.ts'
import { keepNetRaw } from '../source/privileges.ts'
import { openLog } from '../telemetry/log.ts'
import { checkConfig } from './check_config.ts'
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
  const { known, warnings } = await checkConfig(loaded, streams.cwd)
  for (const warning of warnings) log.warn(warning)
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
    now: Date.now,
    say: (source, event, problem) =>
      event === 'up' ? log.info('source is read again', { source }) : log.warn('source cannot be read', { source, reason: problem ?? '' }),
    note: (line) => log.info(line),
    onPruned: ({ keys, events, days, bytesBefore, bytesAfter }) =>
      log.info(`too old or too much: removed ${counted(keys, 'key')}, ${counted(events, 'change')} and ${counted(days, 'past day')}`, {
        bytes: bytesBefore - bytesAfter,
      }),
    onPruneProblem: (problem) => log.warn('nothing that is old can be removed', { reason: problem }),
  })
  const server = buildServer({ ...daemon, ingest: daemon.http, otlp: daemon.http }, { log })
  let url: string
  try {
    url = await server.listen(assertListenable(config.listen))
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
  const reloading = startReloading(config, options, streams, log, {
    begin: () => manager.reloading(),
    done(next) {
      if (next !== null) daemon.setKnown(next)
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

function listenReason(thrown: unknown): string {
  const code = systemCode(thrown)
  if (code === 'EADDRINUSE') return 'another program listens there; stop it, or name another port with --listen'
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address'
  return systemReason(thrown)
}
