import { keyText } from '../inventory/priority.ts'
import { InventoryState, stateBoundsDefault, type StateBatch } from '../inventory/state.ts'
import { decodeBatch, encodeBatch } from '../observation/codec.ts'
import { noCounts } from '../observation/counts.ts'
import { mergeObservation } from '../observation/merge.ts'
import type { Observation } from '../observation/observation.ts'
import type { Statements } from './statements.ts'
import { storedBase } from './stored_state.ts'

/**
 * Merges the pending batches into the rows of their keys. A commit only appends what was read: a row of 4 kB that gets a hundred new bytes a second
 * would be read, merged and written anew each time.
 */
export function settle(statements: Statements, secret: string): void {
  const byKey = new Map<string, [Observation, ...Observation[]]>()
  for (const { batch } of statements.pending.all()) {
    const decoded = decodeBatch(batch)
    for (const observation of decoded.observations) {
      const key = keyText(observation.key)
      const same = byKey.get(key)
      if (same === undefined) byKey.set(key, [observation])
      else same.push(observation)
    }
    addCounts(statements, decoded)
  }
  for (const [key, observations] of byKey) mergeIn(statements, key, observations)
  statements.clearPending.run()
  keepBounds(statements, secret)
}

/** Settles where so much is pending that reading it, or settling it at once, would take long. */
export function settleWhenDue(statements: Statements, secret: string): void {
  const { batches, bytes } = statements.pendingSize.get() ?? { batches: 0, bytes: 0 }
  if (batches > pendingBatchesMax || bytes > pendingBytesMax) settle(statements, secret)
}

const pendingBatchesMax = 256
const pendingBytesMax = 16 * 2 ** 20

/** Adds the counts of a batch to those that stand beside observations. */
export function addCounts(statements: Statements, { visibility, counters, folded }: Omit<StateBatch, 'observations'>): void {
  for (const { service, counts } of visibility) for (const [name, count] of counts) statements.addVisibility.run(service, name, count)
  for (const [name, count] of counters) statements.addCounter.run(name, count)
  for (const [service, { exchanges, unread }] of folded ?? []) {
    for (const source of ['packets', 'logs'] as const) {
      if (exchanges[source] > 0 || unread[source] > 0) statements.addFolded.run(service, source, exchanges[source], unread[source])
    }
  }
}

function mergeIn(statements: Statements, key: string, observations: readonly [Observation, ...Observation[]]): void {
  const { service } = observations[0].key
  const stored = statements.observation.get(service, key)
  const known = stored === undefined ? [] : decodeBatch(stored.batch).observations
  const row = rowOf(mergeObservation(...observations, ...known))
  if (stored === undefined) statements.addObservation.run(service, key, row)
  else statements.putObservation.run(row, stored.id)
}

/** Keys beyond the bounds of the state would be folded at each load: fold them for good before the file grows with them. */
function keepBounds(statements: Statements, secret: string): void {
  if ((statements.observationCount.get()?.count ?? 0) <= stateBoundsDefault.keysMax) return
  const state = new InventoryState(stateBoundsDefault, secret)
  state.fold(storedBase(statements))
  const { observations, visibility, folded } = state.snapshot()
  statements.clearObservations.run()
  statements.clearVisibility.run()
  statements.clearFolded.run()
  for (const observation of observations) statements.addObservation.run(observation.key.service, keyText(observation.key), rowOf(observation))
  addCounts(statements, { visibility, counters: noCounts, ...(folded === undefined ? {} : { folded }) })
}

function rowOf(observation: Observation): Buffer {
  return encodeBatch({ observations: [observation], visibility: [], counters: noCounts })
}
