import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

import { startMerging } from '../../src/daemon/merging.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { decodeBatch, encodeBatch } from '../../src/observation/codec.ts'
import { observation } from '../inventory/build.ts'

/** Batches of which each has keys that the one before has, and some of its own. */
const batches = [0, 1, 2].map((batch) =>
  encodeBatch({
    observations: Array.from({ length: 200 }, (_, key) => observation({ service: `s${key % 7}`, path: `/a/${batch * 50 + key}`, count: 2 })),
    visibility: [],
    counters: new Map([['http.exchanges', 400]]),
  }),
)

function seenIn(state: InventoryState): string {
  return createHash('sha256').update(encodeBatch(state.snapshot())).digest('hex')
}

const whole = new InventoryState()
for (const batch of batches) whole.fold(decodeBatch(batch))

function exchangesOf(state: InventoryState): number {
  return [...state.services().values()].flat().reduce((sum, { count }) => sum + count, 0)
}

describe('merging in pieces', () => {
  it('comes to its end by itself', async () => {
    const state = new InventoryState()
    startMerging(state, 0).add(batches, 1)
    expect(exchangesOf(state)).toBe(0)
    while (exchangesOf(state) < 1200) await setImmediate()
    await setImmediate()
    expect(seenIn(state)).toBe(seenIn(whole))
  })

  it('is done at once where somebody looks, however much waits', async () => {
    const state = new InventoryState()
    const merging = startMerging(state, 0)
    for (const [at, batch] of batches.entries()) merging.add([batch], at + 1)
    expect(exchangesOf(state)).toBe(0)
    merging.finish()
    expect(seenIn(state)).toBe(seenIn(whole))
    await setImmediate()
    expect(seenIn(state)).toBe(seenIn(whole))
  })

  it('says when a commit is whole, also while others wait', async () => {
    const state = new InventoryState()
    const merging = startMerging(state, 7)
    const seen: Array<readonly [number, number]> = []
    const look = (version: number): void => void seen.push([version, exchangesOf(state)])
    merging.whenWhole(look)
    for (const [at, batch] of batches.entries()) merging.add([batch, batch], at + 8)
    while (exchangesOf(state) === 0) await setImmediate()
    merging.whenWhole(look)
    await setImmediate()
    merging.finish()
    merging.whenWhole(look)
    expect(seen.every(([version, exchanges]) => exchanges === (version - 7) * 800)).toBe(true)
    expect([seen[0], seen.at(-1), seen.length]).toEqual([[7, 0], [10, 2400], 3])
  })

  it('makes sources wait while much is left', async () => {
    const state = new InventoryState()
    const merging = startMerging(state, 0)
    await merging.room()
    merging.add([encodeBatch({ observations: [], visibility: [], counters: new Map([['x'.repeat(9 * 2 ** 20), 1]]) })], 1)
    let hasRoom = false
    const room = merging.room().then(() => (hasRoom = true))
    await Promise.resolve()
    expect(hasRoom).toBe(false)
    merging.finish()
    await room
  })
})
