import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'

import { startProgress } from '../../src/cli/progress.ts'
import type { Streams } from '../../src/cli/streams.ts'

function painted(errIsTty: boolean, quiet: boolean): { lines: string[]; run: (nowMs: number[]) => void } {
  const lines: string[] = []
  const streams: Streams = {
    out: () => Promise.resolve(),
    note: () => undefined,
    paint: (text) => void lines.push(text),
    outIsTty: false,
    errIsTty,
    columns: 60,
    env: {},
    cwd: '/',
  }
  return {
    lines,
    run: (nowMs) => {
      const times = nowMs.values()
      const progress = startProgress('reading', streams, quiet, () => times.next().value ?? 0)
      for (let index = 1; index < nowMs.length; index += 1) progress.update(() => 50_000)
      progress.clear()
    },
  }
}

test('short work stays silent, longer work says how far it is and how fast', () => {
  const { lines, run } = painted(true, false)
  run([0, 100, 450])
  expect(lines).toEqual([])
  run([0, 500, 550, 1_000])
  expect(lines.map((line) => stripVTControlCharacters(line).replace('\r', ''))).toEqual([
    'reading  50,000 packets and lines  100,000/s  0 s',
    'reading  50,000 packets and lines  50,000/s  1 s',
    '',
  ])
})

test.each([
  [false, false],
  [true, true],
])('nobody looks (terminal %j, quiet %j): nothing is painted', (errIsTty, quiet) => {
  const { lines, run } = painted(errIsTty, quiet)
  run([0, 5_000, 10_000])
  expect(lines).toEqual([])
})
