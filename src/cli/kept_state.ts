import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { TapistryError } from '../base/errors.ts'
import type { Decision } from '../finding/decision.ts'
import { InventoryState, stateBoundsDefault } from '../inventory/state.ts'
import { databaseName } from '../storage/data_folder.ts'
import { grouped, printable } from '../output/text.ts'
import type { EngineReport, InputReport } from '../source/native.ts'
import type { InputPosition, Tail } from '../storage/repository.ts'
import type { CommandContext } from './command.ts'

/** The state of a data folder, for one run. */
export interface KeptState {
  readonly hashKey: Uint8Array
  /** How far inputs were read before. */
  readonly positions: readonly InputPosition[]
  /** What people have decided. */
  readonly decisions: readonly Decision[]
  /** The state as it was kept. */
  whole(): InventoryState
  /** Keeps what a run has read, and returns everything together. */
  add(read: ReadState): InventoryState
  close(): void
}

/** What a run has read: what is settled, what was still open at the end of its inputs, and how far these were read. */
interface ReadState {
  readonly base: InventoryState
  readonly tails: readonly Tail[]
  readonly report: EngineReport
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
  const { repository, hashKey, secret, close } = openStore(path, { writer, note: (line) => (quiet ? undefined : streams.note(`tapistry: ${line}`)) })
  const before = repository.load()
  const whole = (): InventoryState => {
    const stored = repository.load()
    const state = new InventoryState(stateBoundsDefault, secret)
    state.fold(stored.base)
    for (const { batch } of stored.tails) state.fold(batch)
    return state
  }
  return {
    hashKey,
    positions: before.positions,
    decisions: repository.decisions(),
    whole,
    add({ base, tails, report: { inputs }, again }) {
      refuseRepeated(inputs, before.positions, path)
      const positions = inputs.flatMap(({ position }) => (position === null ? [] : [position]))
      const dropTails = again ? [] : inputs.flatMap(({ resumed }) => (resumed === null ? [] : [resumed.digest]))
      repository.commit({
        basis: before.generation,
        batch: base.snapshot(),
        packed: [],
        positions,
        sources: [],
        tails,
        events: [],
        decisions: [],
        dropDecisions: [],
        dropTails,
        again,
      })
      return whole()
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
