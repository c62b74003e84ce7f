import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { TapistryError } from '../base/errors.ts'
import { InventoryState, stateBoundsDefault } from '../inventory/state.ts'
import { databaseName, openDataFolder } from '../storage/data_folder.ts'
import type { EngineReport } from '../source/native.ts'
import type { InputPosition, Tail } from '../storage/repository.ts'

/** The state of a data folder, for one run. */
export interface KeptState {
  readonly hashKey: Uint8Array
  /** How far inputs were read before. */
  readonly positions: readonly InputPosition[]
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

/** Opens the data folder at `path`, a new one where there is none, unless it `mustExist`. */
export async function keptState(path: string, { mustExist = false }: { readonly mustExist?: boolean } = {}): Promise<KeptState> {
  if (mustExist && !existsSync(join(path, databaseName))) {
    throw new TapistryError('STORAGE', `${path}: holds no inventory; fill it with "tapistry scan INPUT --data-dir ${path}"`)
  }
  // Loaded here and not above: the database's native module is needed only where something is kept.
  const { sqliteRepository } = await import('../storage/sqlite.ts')
  const folder = openDataFolder(path)
  const secret = Buffer.from(folder.hashKey).toString('hex')
  const repository = sqliteRepository(folder.databasePath, secret)
  const before = repository.load()
  const whole = (): InventoryState => {
    const stored = repository.load()
    const state = new InventoryState(stateBoundsDefault, secret)
    state.fold(stored.base)
    for (const { batch } of stored.tails) state.fold(batch)
    return state
  }
  return {
    hashKey: folder.hashKey,
    positions: before.positions,
    whole,
    add({ base, tails, report: { inputs }, again }) {
      const positions = inputs.flatMap(({ position }) => (position === null ? [] : [position]))
      const dropTails = again ? [] : inputs.flatMap(({ resumed }) => (resumed === null ? [] : [resumed.digest]))
      repository.commit({ basis: before.generation, batch: base.snapshot(), positions, tails, dropTails, again })
      return whole()
    },
    close: () => repository.close(),
  }
}
