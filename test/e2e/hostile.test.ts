import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { hostile } from '../traffic/hostile.ts'

/** What docs/limits.md promises of one kind of traffic, Node with its scripts included. */
const peakBytesMax = 768 * 2 ** 20
const script = fileURLToPath(new URL('hostile_reader.ts', import.meta.url))

test.skipIf(process.platform === 'win32').each(hostile)('$name take no more memory than is promised, and are counted', async ({ packets, isCounted }) => {
  // The engine opens what it reads by name, which a pipe of Node has not.
  const child = spawn('sh', ['-c', 'cat | "$0" "$1"', process.execPath, script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const [answer] = await Promise.all([text(child.stdout), pipeline(Readable.from(packets()), child.stdin), closed])
  const { peakBytes, counters } = JSON.parse(answer) as { peakBytes: number; counters: Readonly<Record<string, number>> }
  expect(peakBytes).toBeLessThan(peakBytesMax)
  expect(isCounted(counters) ? 'counted' : counters).toBe('counted')
})
