import type { FileHandle } from 'node:fs/promises'

import { begins, fingerprintOf, windowBytes, type RollingFingerprint } from './fingerprint.ts'
import { openGate } from './gate.ts'

/**
 * The files of all logs that are read now. One that is reached under several names, and a copy of one, count once: whichever was read on is ahead, and the
 * others pass over what was read of it for as long as they hold the same. A copy is known by its first `windowBytes`: less than that is alike by chance.
 */
export interface AlikeLogs {
  /** A log, which counts before those that come after it. `follow`: who reads to the end once waits for nobody. */
  add(path: string, follow: boolean): Log
  /** From now on it is among them, until its file is closed. */
  enter(one: OpenLog): void
  /** Of those that begin with all that was read of this one: which was read further, or is about to be. Null for none. The later of both is told by `twin`. */
  aheadOf(one: OpenLog): Promise<OpenLog | null>
  /** Those whose first `windowBytes` have this hash. */
  thatBegin(head: string): readonly OpenLog[]
  /** They do not go on alike. */
  part(one: OpenLog, other: OpenLog): void
  /** Runs `work` while nobody else is in: who reads what was rotated finds all that others have read of it. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** Whether nobody has missed the rest of this file before, which may have been followed under several names. */
  isMissedFirst(file: string, head: string): boolean
}

/** A file of a log that is read. */
export interface OpenLog {
  readonly log: Log
  readonly file: FileHandle
  /** Its device and number. */
  readonly id: string
  /** Where the next byte to read stands, and where the last line ended that was read. */
  readonly at: number
  readonly lineEnd: number
  readonly rolling: RollingFingerprint
  /** One of an earlier log that holds what this one holds, so that one of both passes over it; null for none. */
  twin: OpenLog | null
}

/** One and the same object for all the files that a log is over time: none of them is a copy of another, whatever it begins with. */
export interface Log {
  readonly path: string
  readonly follow: boolean
  readonly order: number
}

export function openAlikeLogs(): AlikeLogs {
  /** By device and number, and by the first bytes. */
  const groups = new Map<string, Set<OpenLog>>()
  const heads = new WeakMap<OpenLog, string>()
  let logs = 0
  /** Of each pair whether one has all that was read of the other. */
  const pairs = new WeakMap<OpenLog, WeakMap<OpenLog, boolean>>()
  const missed = new Set<string>()

  function join(key: string, one: OpenLog): void {
    const group = groups.get(key) ?? new Set()
    groups.set(key, group.add(one))
  }

  function openIn(key: string): readonly OpenLog[] {
    const group = groups.get(key) ?? new Set()
    for (const each of group) if (each.file.fd < 0) group.delete(each)
    if (group.size === 0) groups.delete(key)
    return [...group]
  }

  async function headOf(one: OpenLog): Promise<string | null> {
    const known = heads.get(one)
    if (known !== undefined) return known
    const head = (await fingerprintOf(one.file, windowBytes))?.head
    if (head === undefined) return null
    heads.set(one, head)
    join(head, one)
    return head
  }

  function note(one: OpenLog, other: OpenLog, isAlike: boolean): boolean {
    for (const [a, b] of [[one, other] as const, [other, one] as const]) pairs.set(a, (pairs.get(a) ?? new WeakMap<OpenLog, boolean>()).set(b, isAlike))
    return isAlike
  }

  async function isAlike(one: OpenLog, other: OpenLog): Promise<boolean> {
    if (one.id === other.id) return true
    const [less, more] = one.lineEnd < other.lineEnd ? [one, other] : [other, one]
    return pairs.get(one)?.get(other) ?? note(one, other, await begins(more.file, less.rolling.at(less.lineEnd)))
  }

  function found(one: OpenLog, other: OpenLog): OpenLog {
    const [earlier, later] = one.log.order < other.log.order ? [one, other] : [other, one]
    later.twin = earlier
    return other
  }

  return {
    add: (path, follow) => ({ path, follow, order: (logs += 1) }),
    enter(one) {
      for (const other of groups.get(one.id) ?? []) if (other.file === one.file) groups.get(one.id)?.delete(other)
      join(one.id, one)
    },
    async aheadOf(one) {
      const head = await headOf(one)
      const others = new Set([...openIn(one.id), ...(head === null ? [] : openIn(head))])
      let earlier: OpenLog | null = null
      for (const other of others) {
        if (other.log === one.log || !(await isAlike(one, other))) continue
        if (other.lineEnd > one.lineEnd) return found(one, other)
        // Of two that stand alike the one that was there first reads on.
        const isFirst = other.lineEnd === one.lineEnd && other.log.order < one.log.order && one.log.follow && other.log.follow
        if (isFirst && (await other.file.stat()).size > other.at) earlier ??= other
      }
      return earlier === null ? null : found(one, earlier)
    },
    thatBegin: openIn,
    part: (one, other) => void note(one, other, false),
    alone: openGate().alone,
    isMissedFirst(file, head) {
      const key = `${file} ${head}`
      const isFirst = !missed.has(key)
      missed.add(key)
      const [oldest = key] = missed
      if (missed.size > missedMax) missed.delete(oldest)
      return isFirst
    },
  }
}

/** Of more the oldest is forgotten: under another name it would count once more. */
const missedMax = 10_000
