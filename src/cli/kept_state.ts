import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { dayOf } from '../base/day.ts'
import { TapistryError } from '../base/errors.ts'
import type { Decision, DecisionChange } from '../finding/decision.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { InventoryState, stateBoundsDefault } from '../inventory/state.ts'
import { runThrough } from '../base/run_through.ts'
import { databaseName } from '../storage/data_folder.ts'
import { grouped, printable } from '../output/text.ts'
import type { EngineReport, InputReport } from '../source/native.ts'
import type { PastInventories } from '../storage/past_inventories.ts'
import type { Pruned, PruneRule } from '../storage/prune.ts'
import { beginningsAt } from '../source/tail/beginnings.ts'
import { emptyCommit, type Commit, type InputPosition, type SeenInput, type Tail } from '../storage/repository.ts'
import type { CommandContext } from './command.ts'
import { scannedFiles } from './scanned_files.ts'

/** The state of a data folder, for one run. */
export interface KeptState {
  readonly hashKey: Uint8Array
  /** How far inputs were read before. */
  readonly positions: readonly InputPosition[]
  /** What people have decided. */
  readonly decisions: readonly Decision[]
  /** The state as it was kept. */
  whole(): InventoryState
  /**
   * Keeps what a run has read, and returns everything together. `readOut` gives the inventory of a state: where this is the first commit of a day, that of
   * the state before it is kept as that of the day before.
   */
  add(read: ReadState, readOut: (state: InventoryState) => InventoryDocument): InventoryState
  /** Keeps what somebody decided; the inventory of a day that is over is kept first, as with `add`. */
  decide(change: DecisionChange, readOut: (state: InventoryState) => InventoryDocument): void
  /** Removes what is old by a rule; the inventory of a day that is over is kept first, as with `add`. */
  prune(rule: PruneRule, readOut: (state: InventoryState) => InventoryDocument): Pruned
  /** The inventory at the end of a day such as `2026-11-20`, in UTC; `now` where nothing was kept after it. Throws `TapistryError` (USAGE) where it is not known. */
  asOf(day: string): InventoryDocument | 'now'
  /** Inventories of days that are over. */
  readonly past: PastInventories
  close(): void
}

/** What a run has read: what is settled, what was still open at the end of its inputs, and how far these were read. */
interface ReadState {
  readonly base: InventoryState
  readonly tails: readonly Tail[]
  readonly report: EngineReport
  /** What is kept of files that were read, by their paths. */
  readonly originals: ReadonlyMap<string, string>
  /** Count inputs that are known anew. */
  readonly again: boolean
}

/** Opens the data folder at `path`: for a `writer`, a new one where there is none; for null to read what it holds. */
export async function keptState(path: string, writer: string | null, { streams }: CommandContext, quiet: boolean): Promise<KeptState> {
  if (writer === null && !existsSync(join(path, databaseName))) {
    throw new TapistryError('STORAGE', `${path}: holds no inventory; fill it with "tapistry scan INPUT --data-dir ${path}"`)
  }
  // Loaded here and not above: the database's native module is needed only where something is kept.
  const { openStore } = await import('../storage/open_store.ts')
  const { packedJson } = await import('../storage/packed_json.ts')
  const { pastInventories } = await import('../storage/past_inventories.ts')
  const { repository, hashKey, secret, close } = openStore(path, { writer, note: (line) => (quiet ? undefined : streams.note(`tapistry: ${line}`)) })
  const before = repository.load()
  // What a daemon has read of logs it follows is not read again.
  const known = [...before.positions, ...before.sources.flatMap(beginningsAt)]
  const whole = (): InventoryState => {
    const stored = repository.load()
    const state = new InventoryState(stateBoundsDefault, secret)
    state.fold(stored.base)
    for (const { batch } of stored.tails) state.fold(batch)
    return state
  }
  /** A commit of today on what was kept before. */
  const changeOf = (more: Partial<Commit>, readOut: (state: InventoryState) => InventoryDocument): Commit => {
    const day = dayOf(Date.now())
    const dayBefore = before.day === null || before.day === day ? null : packedJson(readOut(whole()))
    return { ...emptyCommit, basis: before.generation, day, dayBefore, ...more }
  }
  const past = pastInventories(repository, Date.now)
  return {
    hashKey,
    positions: known,
    decisions: repository.decisions(),
    whole,
    add({ base, tails, report: { inputs }, originals, again }, readOut) {
      refuseRepeated(inputs, known, path)
      // Of a pipe all is read again before it shows that all is known.
      if (!again && inputs.some(({ repeated }) => repeated !== null)) return whole()
      const positions = inputs.flatMap(({ position, resumed }): SeenInput[] => {
        const before = resumed === null || resumed.digest === position?.digest ? [] : [{ ...resumed, isSuperseded: true }]
        return position === null ? [] : [...before, position]
      })
      const dropTails = again ? [] : inputs.flatMap(({ resumed }) => (resumed === null ? [] : [resumed.digest]))
      repository.commit(changeOf({ batch: base.snapshot(), positions, sources: scannedFiles(before.sources, originals), tails, dropTails, again }, readOut))
      runThrough(repository.settling())
      return whole()
    },
    decide({ put, drop, events }, readOut) {
      const atMs = Date.now()
      const decisions = put.map((draft): Decision => ({ ...draft, atMs }))
      repository.commit(changeOf({ events: events.map((event) => ({ ...event, atMs })), decisions, dropDecisions: drop, again: true }, readOut))
    },
    prune(rule, readOut) {
      if (!rule.dryRun && before.day !== null && before.day !== dayOf(Date.now())) repository.commit(changeOf({ again: true }, readOut))
      return runThrough(repository.prune(rule))
    },
    past,
    asOf(day) {
      const inventory = past.asOf(day)
      if (inventory !== null) return inventory
      const oldest = past.oldest()
      const known = oldest === null ? 'no day is over yet' : `name one from ${oldest} on`
      throw new TapistryError('USAGE', `nothing is kept of ${day}: ${known}`)
    },
    close,
  }
}

/**
 * That the beginning of a pipe was counted before shows only when it has been read again, together with what is new. Where nothing is new there is nothing
 * to add; else a file is needed, which can be read from there on.
 */
function refuseRepeated(inputs: readonly InputReport[], known: readonly InputPosition[], path: string): void {
  const isKnown = ({ position }: InputReport): boolean =>
    position !== null && known.some(({ digest, bytes }) => digest === position.digest && bytes === position.bytes)
  const repeated = inputs.find((input) => input.repeated !== null)
  if (repeated?.repeated === undefined || repeated.repeated === null || inputs.every(isKnown)) return
  throw new TapistryError(
    'INPUT',
    `${printable(repeated.name)}: its first ${grouped(repeated.repeated.bytes)} bytes are counted in ${path} already, and a pipe cannot be read from there on: nothing is added; scan it as a file`,
  )
}
