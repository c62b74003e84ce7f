import type { Remembered } from './generations.ts'
import type { Reader, Reading } from './reading.ts'

/** Files that were renamed and stay open: a server that is told to open its new log writes what is under way, as downloads, to the old one to its end. */
export interface Renamed {
  /** Takes a file over. */
  add(reading: Reading): Promise<void>
  /** Reads what was written to them, and closes those that have been quiet for long; `sinceMs` is the time since it was asked last. */
  readOn(sinceMs: number, signal: AbortSignal): Promise<void>
  has(one: Remembered): boolean
  files(): ReadonlyArray<Pick<Reading, 'file' | 'id'>>
  count(): number
  /** Closed while they may still have been written to, as there were too many. */
  closedEarly(): number
  /** Closed in the middle of a line. */
  linesCut(): number
  close(): Promise<void>
}

/** How long one may be quiet. */
const quietMs = 60_000
/** Of one log. Each is an open file, and its room on the disk is taken. */
const renamedMax = 64

export function openRenamed({ readOn, finish }: Reader): Renamed {
  const open = new Map<Reading, number>()
  let closedEarly = 0
  let linesCut = 0

  async function letGo(reading: Reading): Promise<void> {
    if (await finish(reading)) linesCut += 1
    open.delete(reading)
    await reading.file.close()
  }

  return {
    async add(reading) {
      open.set(reading, 0)
      const [oldest] = open.keys()
      if (open.size <= renamedMax || oldest === undefined) return
      closedEarly += 1
      await letGo(oldest)
    },
    async readOn(sinceMs, signal) {
      for (const [reading, quiet] of open) {
        const before = reading.at
        await readOn(reading, signal)
        if (signal.aborted) return
        const now = reading.at > before ? 0 : quiet + sinceMs
        open.set(reading, now)
        if (now >= quietMs) await letGo(reading)
      }
    },
    has: (one) => [...open.keys()].some((reading) => reading.one === one),
    files: () => [...open.keys()],
    count: () => open.size,
    closedEarly: () => closedEarly,
    linesCut: () => linesCut,
    async close() {
      for (const { file } of open.keys()) await file.close()
      open.clear()
    },
  }
}
