import { dayOf } from '../base/day.ts'
import { systemReason, TapistryError } from '../base/errors.ts'
import type { Decision, DecisionChange } from '../finding/decision.ts'
import type { InventoryState } from '../inventory/state.ts'
import type { OfferedRead, SourceRead, SourceSink } from '../source/source.ts'
import { rememberBeginnings } from '../source/tail/beginnings.ts'
import type { NewNotice } from '../storage/outbox.ts'
import type { Pruned, PruneRule } from '../storage/prune.ts'
import { emptyBatch, type Commit, type Repository, type StoredEvent } from '../storage/repository.ts'
import { holdState } from './held_state.ts'
import { inputKey, knownInputs, type KnownInputsOptions } from './known_inputs.ts'
import { newOffers } from './offers.ts'
import { newPending, tailOf } from './pending.ts'
import { queuePiece } from '../base/pieces.ts'
import { newWaiters } from './waiters.ts'

/** Between the sources and the store: what they read is merged, and kept every now and then, with how far it was read, in one transaction. */
export interface Pipeline {
  /** The sink of one source, by its id. */
  sinkOf(source: string): SourceSink
  /** Everything that is kept, with the open ends of inputs. A new object whenever something was kept. */
  state(): InventoryState
  /** Gives such a state, with its version, when there is one without merging at once what is left: it may lack what was kept last. */
  whenWhole(then: (state: InventoryState, version: number) => void): void
  /** Rises with each commit that changed `state`. */
  version(): number
  /** When something of a source was kept last. */
  keptAt(source: string): number | null
  /** Why nothing can be kept at the moment, in words for people. */
  problem(): string | null
  /** Whether a source waits until what it read before is kept. */
  isHeldUp(source: string): boolean
  counters(): Readonly<Record<string, number>>
  /** Of what was merged so far. */
  engineCounters(): ReadonlyMap<string, number>
  /** Literals of registered specs, for what is merged from now on; `emptyState` has them already. */
  know(literals: ReadonlySet<string>): void
  /** Calls `listener` when events were kept; returns what ends that. */
  onEvents(listener: () => void): () => void
  /** What people have decided, in that order: a new list whenever that has changed. */
  decisions(): readonly Decision[]
  /** Keeps decisions at once, with all that waits. Throws `TapistryError` where they cannot be: then nothing was decided. */
  decide(change: DecisionChange): void
  /** Events to keep with the next commit, what is told of the inventory with them, packed (null: as before), and what is to be told of it. */
  note(events: readonly StoredEvent[], told: Uint8Array | null, notices: readonly NewNotice[]): void
  /** Removes what is old from the store, then from `state`; sources go on meanwhile. Null where `signal` ended it before its end. */
  prune(rule: PruneRule, signal: AbortSignal): Promise<Pruned | null>
  /** From now on nobody is made to wait: what cannot be kept at once is refused, so that sources can end while the store fails. */
  drain(): void
  /** Keeps all that was added. Rejects with `TapistryError` (STORAGE) where it cannot be. */
  flush(): Promise<void>
  /** Keeps what was added and stops; nothing may be added afterwards. */
  close(): Promise<void>
}

export interface PipelineOptions {
  readonly repository: Repository
  /** A state without observations, under the secret of the folder and the literals of the registered specs. */
  readonly emptyState: () => InventoryState
  readonly now: () => number
  /** How long what was read waits until it is kept. */
  readonly flushMs: number
  /** The inventory of `state`, packed: asked for before the first commit of another day. */
  readonly dayEnds: () => Uint8Array
  /** Told when keeping begins to fail, and with null when it works again: once, however often it is tried. */
  readonly onProblem: (problem: string | null) => void
  /** Told the same of merging what was kept, without which all goes on, and a start takes longer. */
  readonly onSettlerProblem: (problem: string | null) => void
  readonly captures: KnownInputsOptions
  /** Told when capture files are forgotten, or their open ends settled. */
  readonly onOverdue: (forgotten: number, settled: number) => void
  /** Told when notices are kept. */
  readonly onNotices: () => void
}

/** Bytes of packed observations that wait at most: beyond it sources wait until a commit has made room. To merge so many takes seconds, and nothing else moves. */
const pendingBytesMax = 16 * 2 ** 20
/** How often it is looked whether the store is still there, also while nothing is to be kept. */
const lookMs = 5_000
/** How long a failed commit waits until it is tried again; doubled up to the maximum. */
const retryMs = 1_000
const retryMaxMs = 60_000

/** Starts keeping; `close` ends it. */
export function startPipeline(options: PipelineOptions): Pipeline {
  const { repository, emptyState, now, flushMs, dayEnds, captures, onOverdue, onProblem, onSettlerProblem, onNotices } = options
  const stored = repository.load()
  const positions = new Map<string, Map<string, string>>()
  for (const { source, part, position } of stored.sources) partsOf(positions, source).set(part, position)
  const beginnings = rememberBeginnings(positions)
  const inputs = knownInputs(stored.positions, captures)
  const held = holdState(stored, emptyState)
  const settler = repository.startSettler(onSettlerProblem)
  let lastDay = stored.day
  let generation = stored.generation
  let decisions: readonly Decision[] = repository.decisions()
  let waiting = newPending()
  const offers = newOffers((source) => partsOf(positions, source))
  let failure: string | null = null
  let isProblemTold = false
  let failures = 0
  let timer: NodeJS.Timeout | null = null
  let isDraining = false
  let isClosed = false
  const keptAt = new Map<string, number>()
  const listeners = new Set<() => void>()
  const counters = { commits: 0, commitsFailed: 0, batches: 0, inputsForgotten: 0, tailsSettled: 0 }
  const waiters = newWaiters()

  function schedule(delayMs: number): void {
    if (isClosed || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      commitOrRetry()
    }, delayMs)
  }

  function commitOrRetry(): void {
    try {
      commit()
    } catch (thrown) {
      waiters.failed(thrown, isDraining)
    }
  }

  function isAllKept(): boolean {
    return waiting.isEmpty && offers.isEmpty()
  }

  /**
   * Keeps all that waits. Throws where it cannot be; then it still waits, but for what was offered. After a failure an empty commit shows whether the store is well
   * again.
   */
  function commit(more: DecisionChange = nothingDecided): void {
    if (isAllKept() && more === nothingDecided && failure === null) return waiters.kept()
    const atMs = now()
    const day = dayOf(atMs)
    // What it publishes first is noted, and belongs to this commit.
    const dayBefore = hasDayEnded() ? dayEnds() : null
    const put = more.put.map((draft): Decision => ({ ...draft, atMs }))
    // What comes with this commit stays.
    const open = held.tails().filter((digest) => !waiting.dropTails.has(digest) && !waiting.tails.has(digest))
    const { forgotten, settled } = inputs.overdue(waiting.inputs, open, atMs)
    const offered = offers.all()
    const packed = [...waiting.packed, ...offered.batches]
    const change: Commit = {
      basis: generation,
      batch: emptyBatch,
      packed,
      positions: [...waiting.inputs.values()],
      dropPositions: forgotten,
      tails: [...waiting.tails.values()],
      dropTails: [...waiting.dropTails],
      settleTails: settled,
      sources: [...waiting.sources.values(), ...offered.moved],
      events: [...waiting.events, ...more.events.map((event) => ({ ...event, atMs }))],
      told: waiting.told,
      notices: waiting.notices,
      day,
      dayBefore,
      decisions: put,
      dropDecisions: more.drop,
      again: true,
    }
    try {
      repository.commit(change)
    } catch (thrown) {
      counters.commitsFailed += 1
      failure = thrown instanceof TapistryError ? thrown.message : systemReason(thrown)
      // Others than the next attempt may have tried meanwhile.
      if (timer === null) {
        schedule(Math.min(retryMs * 2 ** failures, retryMaxMs))
        failures += 1
      }
      offers.refuse(thrown)
      tellProblem()
      throw thrown
    }
    failure = null
    tellProblem()
    failures = 0
    generation += 1
    lastDay = day
    counters.commits += 1
    counters.batches += packed.length
    held.add(change)
    settler.wake()
    if (more !== nothingDecided) {
      const gone = new Set([...more.drop, ...put.map(({ id }) => id)])
      decisions = [...decisions.filter(({ id }) => !gone.has(id)), ...put]
    }
    counters.tailsSettled += settled.length
    counters.inputsForgotten += forgotten.length
    inputs.forget(forgotten)
    if (forgotten.length + settled.length > 0) onOverdue(forgotten.length, settled.length)
    for (const source of [...waiting.added, ...offered.from]) keptAt.set(source, atMs)
    const hasEvents = change.events.length > 0
    waiting = newPending()
    offers.accept()
    if (change.notices.length > 0) onNotices()
    waiters.kept()
    if (hasEvents) for (const listener of listeners) listener()
  }

  function problem(): string | null {
    return failure ?? repository.misplaced()
  }

  function tellProblem(): void {
    const current = problem()
    if ((current !== null) === isProblemTold) return
    isProblemTold = current !== null
    onProblem(current)
  }

  function hasDayEnded(): boolean {
    return lastDay !== null && lastDay !== dayOf(now())
  }

  /** Once it is to end, the wait is for a commit of now. */
  function waited(wait: Promise<void>): Promise<void> {
    if (isDraining) commitOrRetry()
    return wait
  }

  function place(source: string, parts: ReadonlyMap<string, string | null>): void {
    for (const [part, position] of parts) {
      waiting.sources.set(`${source}\0${part}`, { source, part, position })
      if (position === null) partsOf(positions, source).delete(part)
      else partsOf(positions, source).set(part, position)
    }
    waiting.added.add(source)
  }

  function add(source: string, read: SourceRead): Promise<void> {
    if (isClosed) return Promise.reject(new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken'))
    waiting.packed.push(...read.batches)
    place(source, read.positions ?? new Map())
    for (const [other, parts] of read.others ?? []) place(other, parts)
    for (const position of read.inputs?.positions ?? []) {
      waiting.inputs.set(inputKey(position), position)
      inputs.see(position, generation + 1)
    }
    for (const digest of read.inputs?.dropTails ?? []) {
      // One that waits itself was read further before it was kept: a commit drops first and sets then.
      waiting.tails.delete(digest)
      waiting.dropTails.add(digest)
    }
    for (const { digest, batches } of read.inputs?.tails ?? []) waiting.tails.set(digest, tailOf(digest, batches, emptyState))
    waiting.isEmpty = false
    waiting.bytes += read.batches.reduce((sum, { byteLength }) => sum + byteLength, 0)
    schedule(flushMs)
    const isFull = waiting.bytes > pendingBytesMax
    if (!isFull) return isDraining ? Promise.resolve() : held.room()
    // Where the store is well, a commit makes room at once; where it is not, the source waits for the next attempt.
    if (failure === null) commitOrRetry()
    if (!waiting.isEmpty) return waited(waiters.forRoom(source))
    return isDraining ? Promise.resolve() : held.room()
  }

  function offer(source: string, read: OfferedRead): Promise<void> {
    if (isClosed) return Promise.reject(new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken'))
    // Who waited for the next attempt would have given up by then, and sent it again.
    if (failure !== null) return Promise.reject(new TapistryError('STORAGE', failure))
    const kept = offers.add(source, read)
    schedule(flushMs)
    if (isDraining || waiting.bytes + offers.bytes() > pendingBytesMax) commitOrRetry()
    return kept
  }

  function keep(source: string): Promise<void> {
    // Where the store is not well, the next attempt comes by itself.
    if (failure === null) commitOrRetry()
    return isAllKept() ? Promise.resolve() : waited(waiters.forRoom(source))
  }

  /** `Pipeline.prune`, while nothing is settled. */
  async function pruneNow(rule: PruneRule, signal: AbortSignal): Promise<Pruned | null> {
    if (hasDayEnded()) {
      // The day that is over had all of it.
      waiting.isEmpty = false
      commit()
    }
    const steps = repository.prune(rule)
    let hasRemoved = false
    try {
      for (;;) {
        // Others have their turn between two transactions.
        await new Promise<void>((resolve) => queuePiece(() => resolve()))
        if (signal.aborted) return null
        const step = steps.next()
        const after = repository.generation()
        if (after !== generation) {
          hasRemoved = true
          settler.wake()
        }
        generation = after
        if (step.done === true) {
          hasRemoved = step.value.keys > 0
          return step.value
        }
      }
    } finally {
      if (hasRemoved) held.replace(repository.load().base)
    }
  }

  const looking = setInterval(tellProblem, lookMs).unref()

  return {
    sinkOf: (source) => ({
      positions: () => partsOf(positions, source),
      inputs: () => [...inputs.all(), ...beginnings()],
      add: (read) => add(source, read),
      offer: (read) => offer(source, read),
      kept: () => (isAllKept() ? Promise.resolve() : waited(waiters.forCommit())),
      keep: () => keep(source),
    }),
    state: held.state,
    whenWhole: held.whenWhole,
    version: held.version,
    engineCounters: held.counters,
    keptAt: (source) => keptAt.get(source) ?? null,
    problem,
    isHeldUp: waiters.isHeldUp,
    know: held.know,
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    decisions: () => decisions,
    decide(change) {
      if (isClosed) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      commit(change)
    },
    note(events, told, notices) {
      if (events.length + notices.length === 0) return
      for (const event of events) waiting.events.push(event)
      for (const notice of notices) waiting.notices.push(notice)
      waiting.told = told ?? waiting.told
      waiting.isEmpty = false
      schedule(flushMs)
    },
    async prune(rule, signal) {
      // It begins with that, which its thread does beside everything else: the second time there is left what came during the first.
      for (let round = 0; round < 2; round += 1) await Promise.race([settler.settleAll(), aborted(signal)])
      // Which row has what of which batch would go with a row.
      await settler.pause()
      try {
        return await pruneNow(rule, signal)
      } finally {
        settler.resume()
      }
    },
    counters: () => ({ ...counters, pendingBytes: waiting.bytes + offers.bytes() }),
    drain() {
      isDraining = true
      commitOrRetry()
      held.release()
    },
    async flush() {
      commit()
    },
    async close() {
      if (timer !== null) clearTimeout(timer)
      clearInterval(looking)
      isClosed = true
      try {
        if (isAllKept()) waiters.kept()
        else commit()
      } finally {
        await settler.close()
      }
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
}

const nothingDecided: DecisionChange = { put: [], drop: [], events: [] }

function partsOf(positions: Map<string, Map<string, string>>, source: string): Map<string, string> {
  let parts = positions.get(source)
  if (parts === undefined) positions.set(source, (parts = new Map()))
  return parts
}
