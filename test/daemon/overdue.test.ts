import { expect, test } from 'vitest'

import { overdue } from '../../src/daemon/overdue.ts'
import type { LyingInput } from '../../src/source/source.ts'
import type { KnownInput } from '../../src/storage/repository.ts'

const day = 86_400_000
const nowMs = 100 * day
const bounds = { inputs: 10, tails: 10 }

/** Inputs by name, in the order in which they were seen. */
const inputs = (names: string): KnownInput[] => [...names].map((digest, at) => ({ digest, bytes: 1, seen: at + 1 }))
const lying = (names: string, changedMs: number = nowMs): LyingInput[] => [...names].map((digest) => ({ digest, bytes: 1, changedMs }))
const many = 'abcdefghijkl'

const cases: ReadonlyArray<readonly [name: string, known: KnownInput[], tails: string, there: LyingInput[] | null, forgotten: string, settled: string]> = [
  ['within the bounds nothing goes', inputs(many.slice(0, 10)), many.slice(0, 10), [], '', ''],
  ['beyond them what was seen longest ago, and a tenth more', inputs(many), '', [], 'abc', ''],
  ['what was read further goes first', inputs(many).map(({ digest, bytes, seen }) => ({ digest, bytes, seen: digest > 'i' ? 0 : seen })), '', [], 'jkl', ''],
  ['what lies there stays', inputs(many), '', lying('abd'), 'cef', ''],
  ['also where all of it does', inputs(many), many, lying(many), '', ''],
  ['a longer file of the same name in its digest is another one', inputs(many), '', [{ digest: 'a', bytes: 2, changedMs: nowMs }], 'abc', ''],
  ['nothing goes while it is not known what lies there', inputs(many), many, null, '', ''],
  ['open ends that were seen longest ago are settled', inputs(many.slice(0, 10)), many, [], '', 'kla'],
  [
    'of files that lie there those are that nobody has written to for a day',
    inputs(many),
    many,
    [...lying('cdefghijkl', nowMs - day), ...lying('ab', nowMs - day - 1)],
    '',
    'ab',
  ],
  ['what is not there any more is settled before them', inputs(many), many, lying('abcdefgh', 1), 'ijk', 'ijk'],
  ['open ends of what is forgotten are too', inputs(many), 'abx', [], 'abc', 'ab'],
]

test.each(cases)('%s', (_, known, tails, there, forgotten, settled) => {
  const found = overdue(known, [...tails], there, nowMs, bounds)
  expect(found.forgotten.map(({ digest }) => digest).join('')).toBe(forgotten)
  expect(found.settled.join('')).toBe(settled)
})
