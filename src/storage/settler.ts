import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'

import type { FileIdentity } from './in_place.ts'
import type { WriteTurn } from './write_turn.ts'

/** Merges what commits append, and writes the log beside the database back, while everything else goes on. */
export interface Settler {
  /** Something was committed: merges where much waits. */
  wake(): void
  /** Merges all that waits. Resolves when that is done, or is not to be. */
  settleAll(): Promise<void>
  /** Merges nothing until `resume`; what it is at ends with the next step. */
  pause(): Promise<void>
  resume(): void
  /** Ends it: nothing may be asked for any more. */
  close(): Promise<void>
}

/** What the thread is started with (`settle_thread.ts`). */
export interface SettleThreadData {
  readonly path: string
  readonly opened: FileIdentity
  readonly secret: string
  readonly turn: WriteTurn
}

/** All are answered, in their order, but for `end`; `rest` and `end` end what the thread is at. */
export type SettleAsk = 'settle' | 'settleAll' | 'writeBack' | 'rest' | 'end'

/** Why it could not be done, null where it was. */
export type SettleAnswer = string | null

/**
 * Does it in a thread with a connection of its own, which is started when something is to be done. One that dies is begun anew at the next commit. `onProblem` is
 * told why nothing can be merged, and with null when it can again.
 */
export function startSettler(data: SettleThreadData, onProblem: (problem: SettleAnswer) => void): Settler {
  let thread: Thread | null = null
  let isPaused = false
  let problem: SettleAnswer = null

  function tell(answer: SettleAnswer): void {
    if (answer === problem) return
    problem = answer
    onProblem(problem)
  }

  function ask(what: SettleAsk): Promise<void> {
    const { worker, asked } = (thread ??= started())
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(what)
    // While somebody waits for it the process goes on; whoever ends it without a word need not wait.
    worker.ref()
    return new Promise((resolve) => asked.push(resolve))
  }

  function started(): Thread {
    // Of contexts that are made from now on.
    setFlagsFromString('--expose-gc')
    const worker = new Worker(threadFile, { workerData: data, execArgv: [], name: 'settle', resourceLimits: { maxYoungGenerationSizeMb: youngMb } })
    const asked: Array<() => void> = []
    worker.on('message', (answer: SettleAnswer) => {
      asked.shift()?.()
      if (asked.length === 0) worker.unref()
      tell(answer)
    })
    worker.on('error', (thrown) => tell(thrown instanceof Error ? thrown.message : String(thrown)))
    worker.on('exit', () => {
      thread = null
      for (const resolve of asked) resolve()
    })
    return { worker, asked }
  }

  return {
    wake: () => void ask(isPaused ? 'writeBack' : 'settle'),
    settleAll: () => ask('settleAll'),
    async pause() {
      isPaused = true
      if (thread !== null) await ask('rest')
    },
    resume() {
      isPaused = false
    },
    async close() {
      if (thread !== null) await ask('end')
    },
  }
}

interface Thread {
  readonly worker: Worker
  /** Called in their order, by an answer each. */
  readonly asked: Array<() => void>
}

/** Nobody waits for its collections, so they may be many: by itself it would take as much as the thread that answers. */
const youngMb = 12

/** Beside this file in `src/`, and beside the bundle in `dist/`. */
const threadFile = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'settle_thread.ts' : 'settle_thread.cjs')
