import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'

import { dropPiece, inPieces, queuePiece, type Piece } from '../../src/base/pieces.ts'

/** What `works` do, a letter for each piece, with a bar for each turn of the event loop, until none has more. */
async function turnsOf(works: Readonly<Record<string, number>>): Promise<string> {
  let done = ''
  const total = Object.values(works).reduce((sum, pieces) => sum + pieces, 0)
  for (const [name, pieces] of Object.entries(works)) {
    let more = pieces
    const piece: Piece = (untilMs) => {
      expect(untilMs).toBeGreaterThan(performance.now() - 1000)
      done += name
      more -= 1
      if (more > 0) queuePiece(piece)
    }
    queuePiece(piece)
  }
  while (done.replaceAll('|', '').length < total) {
    await setImmediate()
    done += '|'
  }
  return done
}

it('gives everybody a turn after the other, and sockets and timers one between two of them', async () => {
  const turns = await turnsOf({ a: 3, b: 1, c: 2 })
  expect(turns.replaceAll('|', '')).toBe('abcaca')
  expect(turns).not.toMatch(/[a-z]{2}/)
})

it('does once what is asked for twice, and not what is taken back', async () => {
  let done = ''
  const [one, other] = ['a', 'b'].map(
    (name): Piece =>
      () =>
        void (done += name),
  )
  if (one === undefined || other === undefined) throw new Error('two pieces')
  for (const piece of [one, other, one]) queuePiece(piece)
  dropPiece(other)
  expect(done).toBe('')
  expect(await turnsOf({ c: 1 })).toMatch(/c/)
  expect(done).toBe('a')
})

it('goes through steps in pieces, and gives what they come to or what is thrown', async () => {
  let pieces = 0
  function* counting(upTo: number): Generator<void, number, void> {
    for (let count = 0; count < upTo; count += 1) {
      const endMs = performance.now() + 6
      while (performance.now() < endMs);
      pieces += 1
      yield
    }
    if (upTo === 0) throw new Error('nothing to count')
    return upTo
  }
  const counted = inPieces(counting(3))
  const others = await turnsOf({ a: 2 })
  expect([pieces, others.startsWith('|a') || others.startsWith('a'), await counted]).toEqual([expect.any(Number), true, 3])
  await expect(inPieces(counting(0))).rejects.toThrow('nothing to count')
})
