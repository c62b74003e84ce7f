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
    startMerging(state).add(batches)
    expect(exchangesOf(state)).toBe(0)
    while (exchangesOf(state) < 1200) await setImmediate()
    await setImmediate()
    expect(seenIn(state)).toBe(seenIn(whole))
  })

  it('is done at once where somebody looks, and where more comes', async () => {
    const state = new InventoryState()
    const merging = startMerging(state)
    for (const batch of batches) merging.add([batch])
    expect(exchangesOf(state)).toBe(800)
    merging.finish()
    expect(seenIn(state)).toBe(seenIn(whole))
    await setImmediate()
    expect(seenIn(state)).toBe(seenIn(whole))
  })
})
