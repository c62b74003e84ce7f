import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { lockFolder } from '../../src/storage/lock.ts'
import { run } from '../cli/run.ts'
import { captureOf, packetsOf } from './capture_packets.ts'
import { brokenIdentities } from './identities.ts'

let folder = ''
let folders = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-kept-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const example = (name: string): string => join(packageFolder, 'examples', name)
const capture = readFileSync(example('shop.pcap'))
const log = readFileSync(example('shop-access.log'))
const packets = packetsOf(capture)
/** As many NDJSON exchanges as the log has lines. */
const ndjson = Buffer.from(
  Array.from({ length: 300 }, (_, index) =>
    JSON.stringify({
      method: 'GET',
      host: 'api.example.com',
      path: `/users/${index}`,
      status: 200,
      ts: 1_772_442_000_000 + index,
      resBody: { id: index, name: 'é' },
    }),
  )
    .join('\n')
    .concat('\n'),
)

/** A data folder of its own; all have the same key, so that what they hold can be compared. */
function dataFolder(): string {
  folders += 1
  const data = join(folder, `data-${folders}`)
  mkdirSync(data)
  writeFileSync(join(data, 'secret.key'), Buffer.alloc(16, 9))
  return data
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** The inventory after a scan into `data`; its identities hold. */
async function scan(data: string, ...argv: readonly string[]): Promise<string> {
  const { out, err } = await run(['scan', ...argv, '--host', 'shop.example.com', '--data-dir', data, '--format', 'json'])
  if (out === '') throw new Error(err)
  expect(brokenIdentities(JSON.parse(out) as InventoryDocument)).toEqual([])
  return out
}

/** What a process says that scans `bytes` from its standard input into `data`. */
function pipe(data: string, bytes: Uint8Array): { status: number | null; out: string; err: string } {
  const main = join(packageFolder, 'src', 'cli', 'main.ts')
  const argv = [main, 'scan', '-', '--host', 'shop.example.com', '--data-dir', data, '--format', 'json', '--quiet']
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input: bytes, encoding: 'utf8', maxBuffer: 2 ** 26 })
  return { status, out: stdout, err: stderr }
}

const exchangesOf = (out: string): number => (JSON.parse(out) as InventoryDocument).services.reduce((sum, { exchanges }) => sum + exchanges, 0)

/** Each size of the input in turn under one name into one folder; what the last scan says. */
async function grow(name: string, sizes: readonly Uint8Array[]): Promise<string> {
  const data = dataFolder()
  let out = ''
  for (const bytes of sizes) out = await scan(data, write(name, bytes))
  return out
}

const inputs: ReadonlyArray<readonly [name: string, bytes: Buffer]> = [
  ['shop.pcap', capture],
  ['shop-access.log', log],
  ['api.ndjson', ndjson],
]

describe.each(inputs)('%s', (name, bytes) => {
  test('the same again changes nothing, under any name', async () => {
    const data = dataFolder()
    const first = await scan(data, write(name, bytes))
    const stored = readFileSync(join(data, 'tapistry.db'))
    expect(await scan(data, write(name, bytes))).toBe(first)
    expect(await scan(data, write(`other-${name}`, bytes))).toBe(first)
    expect(exchangesOf(first)).toBeGreaterThan(100)
    expect(stored.length).toBeGreaterThan(10_000)
  })

  test('compressed, it is the same', async () => {
    const data = dataFolder()
    const first = await scan(data, write(name, bytes))
    expect(await scan(data, write(`${name}.gz`, gzipSync(bytes)))).toBe(first)
  })

  test('--again counts it anew', async () => {
    const data = dataFolder()
    const first = exchangesOf(await scan(data, write(name, bytes)))
    expect(exchangesOf(await scan(data, write(name, bytes), '--again'))).toBe(2 * first)
    expect(exchangesOf(await scan(data, write(name, bytes)))).toBe(2 * first)
  })

  test('grown once, cut anywhere, it gives what it gives whole', async () => {
    const whole = await scan(dataFolder(), write(name, bytes))
    for (const part of [0.02, 0.2, 0.5, 0.77, 0.999]) {
      // Nearly always inside a packet or a line.
      expect(await grow(name, [bytes.subarray(0, Math.floor(bytes.length * part)), bytes]), `cut at ${part}`).toBe(whole)
    }
  })

  test('grown many times, it gives what it gives whole', async () => {
    const whole = await scan(dataFolder(), write(name, bytes))
    const sizes = Array.from({ length: 8 }, (_, index) => bytes.subarray(0, Math.ceil((bytes.length * (index + 1)) / 8)))
    expect(await grow(name, sizes)).toBe(whole)
    expect(
      await grow(
        name,
        sizes.flatMap((size) => [size, size]),
      ),
    ).toBe(whole)
  })

  test('something else in between does not matter', async () => {
    const between = write('between.ndjson', Buffer.from('{"method":"GET","host":"between.example.com","path":"/ping","status":200,"ts":1772442000000}\n'))
    const data = dataFolder()
    await scan(data, write(name, bytes.subarray(0, Math.floor(bytes.length / 3))))
    await scan(data, between)
    const apart = await scan(data, write(name, bytes))
    expect(apart).toBe(await scan(dataFolder(), write(name, bytes), between))
  })
})

describe.each(inputs)('%s through a pipe', (name, bytes) => {
  const half = bytes.subarray(0, Math.floor(bytes.length / 2))

  test('adds nothing where a pipe or a file brought it before, nor a file after it', async () => {
    const data = dataFolder()
    const first = exchangesOf(pipe(data, bytes).out)
    expect(first).toBeGreaterThan(100)
    expect(exchangesOf(pipe(data, gzipSync(bytes)).out)).toBe(first)
    expect(exchangesOf(await scan(data, write(name, bytes)))).toBe(first)
    const other = dataFolder()
    const fromFile = await scan(other, write(name, bytes))
    expect(pipe(other, bytes)).toEqual({ status: 0, out: fromFile, err: '' })
  })

  test('grown, is read on as a file, and refused as a pipe', async () => {
    const data = dataFolder()
    pipe(data, half)
    const { status, out, err } = pipe(data, bytes)
    expect([status, out]).toEqual([3, ''])
    expect(err).toMatch(/^tapistry: -: its first [\d,]+ bytes are counted in .* already, .*: nothing is added; scan it as a file\n$/)
    expect(exchangesOf(await scan(data, write(name, bytes)))).toBe(exchangesOf(await scan(dataFolder(), write(name, bytes))))
  })
})

describe('a capture', () => {
  test('cut between packets and grown, gives what it gives whole', async () => {
    const whole = await scan(dataFolder(), write('grown.pcap', capture))
    for (const share of [0.001, 0.1, 0.33, 0.6, 0.9, 0.9999]) {
      const cut = packets[Math.floor(packets.length * share)]?.start ?? 24
      expect(await grow('grown.pcap', [capture.subarray(0, cut), capture]), `cut at byte ${cut}`).toBe(whole)
    }
  })

  test('cut to its header and grown, gives what it gives whole', async () => {
    const whole = await scan(dataFolder(), write('grown.pcap', capture))
    expect(await grow('grown.pcap', [capture.subarray(0, 24), capture])).toBe(whole)
  })

  test('split by connections, gives the same in one call, in two, and whole', async () => {
    const [even, odd] = [0, 1].map((rest) =>
      write(
        `split-${rest}.pcap`,
        captureOf(
          capture,
          packets.filter(({ clientPort }) => clientPort % 2 === rest),
        ),
      ),
    )
    if (even === undefined || odd === undefined) throw new Error('not split')
    const whole = await scan(dataFolder(), write('whole.pcap', capture))
    const together = dataFolder()
    expect(await scan(together, even, odd)).toBe(whole)
    expect(await scan(together, odd, even)).toBe(whole)
    const apart = dataFolder()
    await scan(apart, odd)
    expect(await scan(apart, even)).toBe(whole)
    expect(await scan(apart, even, odd)).toBe(whole)
  })

  test('split by time, gives in one call what it gives whole', async () => {
    const middle = Math.floor(packets.length / 2)
    const halves = [packets.slice(0, middle), packets.slice(middle)].map((half, index) => write(`half-${index}.pcap`, captureOf(capture, half)))
    const whole = await scan(dataFolder(), write('whole.pcap', capture))
    expect(await scan(dataFolder(), ...halves)).toBe(whole)
    expect(await scan(dataFolder(), ...halves.toReversed())).toBe(whole)
  })
})

describe('a log', () => {
  test('whose last line was cut inside a character, gives what it gives whole', async () => {
    const whole = await scan(dataFolder(), write('cut.ndjson', ndjson))
    const cut = ndjson.indexOf('é', Math.floor(ndjson.length / 2)) + 1
    expect(await grow('cut.ndjson', [ndjson.subarray(0, cut), ndjson])).toBe(whole)
  })

  test('without a line end at its end, gives what it gives with one', async () => {
    const whole = await scan(dataFolder(), write('open.log', log))
    expect(await grow('open.log', [log.subarray(0, -1), log])).toBe(whole)
  })

  test('of one line without a line end is told from others of one line', async () => {
    const data = dataFolder()
    const lines = ndjson.toString().split('\n').slice(0, 3)
    const files = lines.map((line, at) => write(`one-${at}.ndjson`, Buffer.from(line)))
    const counted: number[] = []
    for (const file of [...files, ...files]) counted.push(exchangesOf(await scan(data, file)))
    expect(counted).toEqual([1, 2, 3, 3, 3, 3])
  })

  test('whose compression is damaged counts once as far as it can be read, and is read on once it is whole', async () => {
    const text = Buffer.from(
      Array.from({ length: 30_000 }, (_, at) => `{"method":"GET","host":"a.example","path":"/users/${Math.imul(at, 0x9e3779b1)}"}\n`).join(''),
    )
    const packed = gzipSync(text)
    const cut = packed.subarray(0, packed.length / 2)
    const broken = Buffer.concat([cut, Buffer.alloc(2_000, 0xff), packed.subarray(cut.length + 2_000)])
    for (const bytes of [cut, broken]) {
      const data = dataFolder()
      const read = exchangesOf(await scan(data, write('damaged.ndjson.gz', bytes)))
      expect(read).toBeGreaterThan(5_000)
      expect(exchangesOf(await scan(data, write('again.ndjson.gz', bytes)))).toBe(read)
      if (bytes === cut) expect(exchangesOf(await scan(data, write('whole.ndjson.gz', packed)))).toBe(30_000)
    }
  })
})

describe('a HAR file', () => {
  const entry = (at: number): object => ({
    startedDateTime: '2026-09-21T14:00:00Z',
    request: { method: 'GET', url: `https://a.example/users/${at}`, headers: [] },
    response: { status: 200, headers: [], content: {} },
  })
  const har = Buffer.from(JSON.stringify({ log: { entries: Array.from({ length: 50 }, (_, at) => entry(at)) } }))

  test('counts once, also beside another input, and where it was cut before', async () => {
    const data = dataFolder()
    expect(exchangesOf(await scan(data, write('cut.har', har.subarray(0, har.length / 2))))).toBe(24)
    expect(exchangesOf(await scan(data, write('cut.har', har.subarray(0, har.length / 2))))).toBe(24)
    expect(exchangesOf(await scan(data, write('whole.har', har)))).toBe(50)
    expect(exchangesOf(await scan(data, write('copy.har.gz', gzipSync(har)), write('more.ndjson', ndjson)))).toBe(350)
  })
})

describe('several inputs', () => {
  test('in one call or several, in any order, one of them grown', async () => {
    const [pcap, access] = [write('a.pcap', capture), write('a.log', log)]
    const together = await scan(dataFolder(), pcap, access)
    const apart = dataFolder()
    await scan(apart, access)
    expect(await scan(apart, pcap)).toBe(together)
    const grown = dataFolder()
    await scan(grown, write('b.log', log.subarray(0, Math.floor(log.length / 2))), pcap)
    expect(await scan(grown, write('b.log', log), pcap)).toBe(together)
  })

  test('two logs that begin alike are two, unless one of them is more than by chance the beginning of the other', async () => {
    const lines = ndjson.toString().split('\n').slice(0, 100)
    const write100 = (): string => write('long.ndjson', Buffer.from(`${lines.join('\n')}\n`))
    const other = lines[0]?.replace(/"path":"[^"]*"/, '"path":"/others"') ?? ''
    const counted = async (begins: readonly string[]): Promise<number> =>
      exchangesOf(await scan(dataFolder(), write('short.ndjson', Buffer.from(`${begins.join('\n')}\n`)), write100()))
    expect(await counted(lines.slice(0, 3))).toBe(103)
    expect(await counted([...lines.slice(0, 60), other])).toBe(161)
    expect(await counted(lines.slice(0, 60))).toBe(100)
  })

  test('a folder that somebody writes into is refused with who that is, and can be read', async () => {
    const data = dataFolder()
    const out = await scan(data, write('a.pcap', capture))
    const lock = lockFolder(data, 'tapistry run')
    const { exitCode, err } = await run(['scan', write('a.log', log), '--data-dir', data])
    expect([exitCode, err]).toEqual([3, expect.stringMatching(/^tapistry: .*: is in use by tapistry run \(process \d+ on .*\); wait for it/)])
    expect((await run(['export', 'inventory', '--data-dir', data])).out).toBe(out)
    lock.release()
    await scan(data, write('a.log', log))
  })

  test('what was kept is what export shows', async () => {
    const data = dataFolder()
    const out = await scan(data, write('a.pcap', capture))
    expect((await run(['export', 'inventory', '--data-dir', data])).out).toBe(out)
    const copy = join(folder, 'copy')
    mkdirSync(copy)
    for (const name of ['tapistry.db', 'secret.key']) copyFileSync(join(data, name), join(copy, name))
    expect((await run(['export', 'inventory', '--data-dir', copy])).out).toBe(out)
  })
})
