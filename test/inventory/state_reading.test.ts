import { expect, test } from 'vitest'

import { InventoryState } from '../../src/inventory/state.ts'
import { batch } from './build.ts'

const nowMs = 1_750_000_000_000

test.each<[name: string, atMs: readonly number[], latestMs: number | undefined, lastMs: number]>([
  ['ends with the last exchange', [nowMs - 5, nowMs], undefined, nowMs],
  ['does not end with one that cannot be true yet', [nowMs - 5, nowMs, nowMs + 1e12], nowMs + 1000, nowMs],
  ['ends with that one where there is no other', [nowMs + 1e12], nowMs + 1000, nowMs + 1e12],
])('the window %s', (_, times, latestMs, lastMs) => {
  const state = new InventoryState()
  for (const atMs of times) state.fold(batch([{ path: `/${atMs}`, atMs }]))
  expect(state.reading(latestMs).window).toMatchObject({ lastMs })
})
