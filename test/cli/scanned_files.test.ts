import { expect, test } from 'vitest'

import { scannedFiles } from '../../src/cli/scanned_files.ts'

const row = (source: string, part: string, usedMs: number): { source: string; part: string; position: string } => ({
  source,
  part,
  position: JSON.stringify({ usedMs }),
})

test('paths of a thousand scanned files are remembered, those that were scanned last; of followed ones all', () => {
  const before = Array.from({ length: 999 }, (_, at) => row('scan', `/f${at}`, (at * 7) % 999))
  const read = new Map([
    ['/f0', 'again'],
    ['/new', 'first'],
    ['/other', 'first'],
  ])
  expect(scannedFiles([...before, row('log:/l', '/l', -1)], read)).toEqual([
    // That of time 0 is scanned again.
    { source: 'scan', part: '/f571', position: null },
    ...[...read].map(([part, position]) => ({ source: 'scan', part, position })),
  ])
  expect(scannedFiles(before.slice(1), new Map([['/new', 'first']]))).toHaveLength(1)
})
