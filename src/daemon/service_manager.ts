import { binding } from '../source/load_binding.ts'

/** What the service manager is told (sd_notify(3)); nothing happens where there is none. */
export interface ServiceManager {
  /** The daemon listens and reads. */
  ready(status: string): void
  reloading(): void
  stopping(): void
  /** Says that the event loop still turns, as often as the manager asked for; the result ends it. */
  watch(): () => void
}

export function serviceManager(environment: Readonly<Record<string, string | undefined>>): ServiceManager {
  const isThere = environment['NOTIFY_SOCKET'] !== undefined
  const tell = (...lines: string[]): void => {
    if (isThere) binding().notifyManager(lines.join('\n'))
  }
  return {
    ready: (status) => tell('READY=1', `STATUS=${status}`),
    // Without its clock the manager waits for the end of the reload for ever (systemd.service(5), notify-reload).
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1'),
    watch() {
      const limitUs = Number(environment['WATCHDOG_USEC'])
      if (!isThere || !(limitUs > 0)) return () => undefined
      const timer = setInterval(() => tell('WATCHDOG=1'), limitUs / 1000 / 2)
      return () => clearInterval(timer)
    },
  }
}
