import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'

import { dropPiece, queuePiece, type Piece } from '../../src/daemon/pieces.ts'

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
