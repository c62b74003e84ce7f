import { systemReason, TapistryError } from '../base/errors.ts'
import type { Config } from '../config/options.ts'
import type { Log } from '../telemetry/log.ts'
import { changedKeys } from './changed_keys.ts'
import { checkConfig, type CheckedConfig } from './check_config.ts'
import { configPath, runConfig } from './run_config.ts'
import type { RunOptions } from './run.ts'
import type { Streams } from './streams.ts'
import { watchFiles } from './watch_files.ts'

/** Reads the configuration again while the daemon runs. */
export interface Reloading {
  /** Reads it once more, after a reading that is under way. */
  reload(): void
  close(): void
}

/** When a change of a key takes effect. */
export const takesEffect: Readonly<Record<keyof Config, 'reload' | 'restart'>> = {
  dataDir: 'restart',
  listen: 'restart',
  publicUrl: 'restart',
  access: 'restart',
  sources: 'restart',
  keys: 'restart',
  descriptors: 'restart',
  specs: 'reload',
  services: 'reload',
  alerts: 'reload',
  storage: 'restart',
}

/**
 * Reads the configuration again where it is asked to, and when its file or a spec was written. `begin` is called before, `done` with what was read after;
 * with null where the configuration is wrong, and then the running one stays.
 */
export function startReloading(
  running: Config,
  options: RunOptions,
  streams: Streams,
  log: Log,
  { begin, done }: { readonly begin: () => void; readonly done: (checked: CheckedConfig | null) => void },
): Reloading {
  let specs = running.specs
  let isOver = false
  let reading = Promise.resolve()

  async function readAfter(before: Promise<void>): Promise<void> {
    await before
    if (isOver) return
    begin()
    const checked = await readAgain()
    if (!isOver) done(checked)
  }

  /** Says what has changed, what of it needs a new start, or what is wrong. */
  async function readAgain(): Promise<CheckedConfig | null> {
    try {
      watch.seen()
      const loaded = runConfig(options, streams)
      const checked = await checkConfig(loaded, streams.cwd)
      specs = loaded.config.specs
      watch.seen()
      for (const warning of checked.warnings) log.warn(warning)
      for (const name of Object.keys(takesEffect) as Array<keyof Config>) {
        const changed = takesEffect[name] === 'restart' ? changedKeys(name, running[name], loaded.config[name]) : []
        if (changed.length > 0) log.warn(`${changed.join(', ')} changed: it takes effect when Tapistry is started again`)
      }
      log.info('the configuration was read again: specs, services and alerts are those of now')
      return checked
    } catch (thrown) {
      const reason = thrown instanceof TapistryError ? thrown.lines.join('; ') : systemReason(thrown)
      log.error('the configuration is wrong: the running one stays', { reason })
      return null
    }
  }

  // One after another: what was asked for last is what stays.
  const reload = (): void => void (reading = readAfter(reading))
  const watch = watchFiles({ config: configPath(options, streams), specs: () => specs.map(({ path }) => path), cwd: streams.cwd }, reload)
  return {
    reload,
    close() {
      isOver = true
      watch.close()
    },
  }
}
