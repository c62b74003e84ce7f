import { setTimeout as sleep } from 'node:timers/promises'

import { openFeedPool, type EngineSecrets, type Feed, type PooledFeedOptions } from '../feed.ts'
import type { SourceSink } from '../source.ts'
import { openAlikeLogs, type AlikeLogs } from './alike.ts'
import { openGate, type Gate } from './gate.ts'
import type { beginningsIn } from './position.ts'

/**
 * What all followed logs of a daemon share: one table of the engine and one buffer, which each has in its turn. So memory does not grow with their number,
 * and what many of them gain in a moment is one batch, kept with the positions of all of them.
 */
export interface LogPool {
  /** A reader of the lines of one file. */
  newFeed(options: PooledFeedOptions): Feed
  /**
   * Runs `work` when all who asked before have had their turns. Every line that it reads is followed by a `note` before it awaits anything else. Rejects as
   * `work` does, and for good where what was read before could not be handed on.
   */
  turn<T>(work: (turn: LogTurn) => Promise<T>): Promise<T>
  /**
   * Remembers where a file stands now. It goes up with what was read until then; `replaced` names a position whose open end, if another reader has left one
   * there, was read now.
   */
  note(place: LogPlace, position: string, replaced: string | null): void
  /** What was read of the logs that are followed now. */
  readonly followed: Map<string, ReturnType<typeof beginningsIn>>
  /** Their files. */
  readonly alike: AlikeLogs
  /** Logs that are read to their ends for the first time, and files that are read whole, which wait for them: each finds what the other has read. */
  readonly gate: Gate
  /** Hands on what was read; resolves when there is room for more. */
  flush(): Promise<void>
  /** Resolves when what was noted until now is kept; many who ask at a time are one commit. */
  keep(sink: SourceSink): Promise<void>
}

export interface LogTurn {
  /** For what is read from the file; it is another one's after the turn. */
  readonly buffer: Uint8Array<ArrayBuffer>
  /** Whether so much was read that it should go up now, before there is more. */
  isOver(): boolean
}

/** A file of a source. */
interface LogPlace {
  readonly source: string
  readonly sink: SourceSink
  readonly part: string
}

const chunkBytes = 1 << 20
/** How long what was read waits in the engine while there is more: what is merged there costs nothing further on. */
const keepMs = 4_000
/** The same in bytes: what they hold is in memory. */
const keepBytes = 128 * 2 ** 20
/** How long the ends of some files wait for those of others. */
const restMs = 500
/** How long who wants something kept waits for others who do. */
const gatherMs = 20

export function openLogPool(engine: EngineSecrets): LogPool {
  const pool = openFeedPool(engine)
  const buffer = new Uint8Array(chunkBytes)
  let last: Promise<unknown> = Promise.resolve()
  let noted = new Map<string, { readonly sink: SourceSink; readonly parts: Map<string, string> }>()
  let replaced = new Set<string>()
  let sinceMs: number | null = null
  let bytes = 0
  let timer: NodeJS.Timeout | null = null
  let broken: unknown = null
  let keeping: Promise<void> | null = null
  const isOver = (): boolean => bytes >= keepBytes || (sinceMs !== null && performance.now() - sinceMs > keepMs)

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(() => {
      if (broken !== null) throw broken
      return work()
    })
    last = turn.catch(() => undefined)
    return turn
  }

  /** Only in a turn: otherwise somebody may have read what is not noted yet. */
  async function handOn(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const [first, ...others] = [...noted]
    const dropTails = [...replaced]
    noted = new Map()
    replaced = new Set()
    sinceMs = null
    bytes = 0
    if (first === undefined) return
    const [, { sink, parts }] = first
    try {
      await sink.add({
        batches: await pool.drain(),
        positions: parts,
        others: new Map(others.map(([source, other]) => [source, other.parts])),
        ...(dropTails.length === 0 ? {} : { inputs: { positions: [], tails: [], dropTails } }),
      })
    } catch (thrown) {
      // The files were read further than anybody will know: only who begins anew from what was kept reads nothing over.
      broken = thrown
      throw thrown
    }
  }

  return {
    newFeed(options) {
      const feed = pool.feed(options)
      return {
        ...feed,
        push(pushed) {
          bytes += pushed.length
          return feed.push(pushed)
        },
      }
    },
    turn: (work) =>
      inTurn(async () => {
        try {
          return await work({ buffer, isOver })
        } finally {
          if (isOver()) await handOn()
        }
      }),
    note({ source, sink, part }, position, dropped) {
      if (dropped !== null) replaced.add(dropped)
      const { parts } = noted.get(source) ?? { parts: new Map<string, string>() }
      noted.set(source, { sink, parts: parts.set(part, position) })
      sinceMs ??= performance.now()
      timer ??= setTimeout(() => void inTurn(handOn).catch(() => undefined), restMs)
    },
    flush: () => inTurn(handOn),
    async keep(sink) {
      keeping ??= sleep(gatherMs).then(() => {
        keeping = null
        return inTurn(handOn)
      })
      await keeping
      await sink.keep()
    },
    gate: openGate(),
    followed: new Map(),
    alike: openAlikeLogs(),
  }
}
