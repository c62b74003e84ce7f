/** What `usageReporter` says, as JSON. */
export interface Usage {
  /** User and system time of all threads. */
  readonly cpuUs: number
  /** Of the threads that are Node's, null where the system does not count threads apart. */
  readonly nodeThreadsNs: number | null
  /** The most that there was. */
  readonly residentKib: number
  /** How late the event loop came to what was due, of all the time. */
  readonly loopDelayP99Ms: number
  readonly loopDelayMaxMs: number
}

/**
 * Runs in the measured process before anything else, and says at its end on descriptor 3 what it has used. The engine's threads are over by then: those
 * that are left are Node's, and Linux tells how long each was on a CPU (`schedstat`, nanoseconds first).
 */
export const usageReporter: string = `data:text/javascript,${encodeURIComponent(`
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { readdirSync, readFileSync, writeSync } from 'node:fs'
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
const tenths = (nanoseconds) => Math.round(nanoseconds / 1e5) / 10
process.on('exit', () => {
  const usage = process.resourceUsage()
  let nodeThreadsNs = 0
  try {
    for (const id of readdirSync('/proc/self/task')) nodeThreadsNs += Number.parseInt(readFileSync('/proc/self/task/' + id + '/schedstat', 'utf8'))
  } catch {
    nodeThreadsNs = null
  }
  writeSync(3, JSON.stringify({ cpuUs: usage.userCPUTime + usage.systemCPUTime, nodeThreadsNs, residentKib: usage.maxRSS, loopDelayP99Ms: tenths(delay.percentile(99)), loopDelayMaxMs: tenths(delay.max) }))
})`)}`
