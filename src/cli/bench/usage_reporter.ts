/** What `usageReporter` says, as JSON. */
export interface Usage {
  /** User and system time of all threads. */
  readonly cpuUs: number
  /** Of the threads that are Node's, null where the system does not count threads apart. */
  readonly nodeThreadsNs: number | null
  /** The most that there was. */
  readonly residentKib: number
}

/**
 * Runs in the measured process before anything else, and says at its end on descriptor 3 what it has used. The engine's threads are over by then: those
 * that are left are Node's, and Linux tells how long each was on a CPU (`schedstat`, nanoseconds first).
 */
export const usageReporter: string = `data:text/javascript,${encodeURIComponent(`
import { readdirSync, readFileSync, writeSync } from 'node:fs'
process.on('exit', () => {
  const usage = process.resourceUsage()
  let nodeThreadsNs = 0
  try {
    for (const id of readdirSync('/proc/self/task')) nodeThreadsNs += Number.parseInt(readFileSync('/proc/self/task/' + id + '/schedstat', 'utf8'))
  } catch {
    nodeThreadsNs = null
  }
  writeSync(3, JSON.stringify({ cpuUs: usage.userCPUTime + usage.systemCPUTime, nodeThreadsNs, residentKib: usage.maxRSS }))
})`)}`
