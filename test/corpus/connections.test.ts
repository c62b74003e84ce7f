import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { frameOf, pcapOf, segmentsOf, type Segment } from '../traffic/capture_writer.ts'
import type { Conversation, Turn } from '../traffic/conversation.ts'
import { exchangesOf, inventoryOf, type ExchangeLine, type Reading } from '../traffic/engine.ts'

let folder = ''
let files = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const get = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const secondVersion = Buffer.from([13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4])

it.each<readonly [string, readonly (string | Buffer)[], readonly string[]]>([
  ['plain', [get, ok], ['GET /a -> 200 2']],
  ['behind a PROXY header, version 1', [`PROXY TCP4 10.9.9.9 10.0.1.2 50000 80\r\n${get}`, ok], ['GET /a -> 200 2']],
  ['behind a PROXY header, version 2', [Buffer.concat([secondVersion, Buffer.from(get)]), ok], ['GET /a -> 200 2']],
  [
    'inside SOCKS 5',
    [Buffer.from([5, 1, 0]), Buffer.from([5, 0]), Buffer.from([5, 1, 0, 1, 10, 0, 0, 9, 0, 80]), Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), get, ok],
    ['GET /a -> 200 2'],
  ],
  [
    'a body that was refused before it came, and the next request',
    ['PUT /big HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n', 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n', get, ok],
    ['PUT /big -> 413 0', 'GET /a -> 200 2'],
  ],
  [
    'a body that was asked for',
    [
      'PUT /big HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'body',
      'HTTP/1.1 204 No Content\r\n\r\n',
      get,
      ok,
    ],
    ['PUT /big (4) -> 204 0', 'GET /a -> 200 2'],
  ],
  [
    'HTTP inside a tunnel',
    ['CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n', 'HTTP/1.1 200 Established\r\n\r\n', get, ok],
    ['CONNECT / -> 200 0', 'GET /a -> 200 2'],
  ],
  [
    'HTTP in the packet that opens a tunnel',
    [`CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n`, `HTTP/1.1 200 Established\r\n\r\n${ok}`],
    ['CONNECT / -> 200 0', ' -> 200 2'],
  ],
  [
    'a tunnel that was refused',
    ['CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n', 'HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nhi', get, ok],
    ['CONNECT / -> 407 2', 'GET /a -> 200 2'],
  ],
  [
    'a body after 204',
    [get, 'HTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n{"n":1}', get, ok, get, ok],
    ['GET /a -> 204 0', 'GET /a -> 200 2', 'GET /a -> 200 2'],
  ],
  ['a body after HEAD', [get.replace('GET', 'HEAD'), ok, get, ok], ['HEAD /a -> 200 0', 'GET /a -> 200 2']],
  ['a body longer than its Content-Length', [get, `${ok}{"n":1}`, get, ok], ['GET /a -> 200 2', 'GET /a -> 200 2']],
  [
    'a request body longer than its Content-Length',
    ['POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabcdefgh', ok, get, ok],
    ['POST /a (2) -> 200 2', 'GET /a -> 200 2'],
  ],
  ['a head that was cut and nothing answers', ['GET /a HTTP/1.1\r\nHos'], []],
  ['HTTP/2 by prior knowledge', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0', '\0\0\0\u0004\0\0\0\0\0'], []],
  ['lines that are no HTTP', ['EHLO mail.example\r\n', '250 mail.example\r\n', 'GET me out\r\n', '500 what?\r\n'], []],
])('%s', async (_, said, expected) => {
  expect(await shownOf(segmentsOf(saying(said), () => 1460))).toEqual(expected)
})

it('a response that was captured before its request', async () => {
  const segments = segmentsOf(saying([get, ok, get.replace('/a', '/b'), ok.replace('200', '404'), get, ok]), () => 1460)
  const request = segments.findIndex(({ turn }) => turn === 2)
  const response = segments.findIndex(({ turn }) => turn === 3)
  const swapped = segments.map((segment, index) => segments[index === request ? response : index === response ? request : index] ?? segment)
  expect(await shownOf(swapped)).toEqual(['GET /a -> 200 2', 'GET /b -> 404 2', 'GET /a -> 200 2'])
})

it('a first response that was captured before its request', async () => {
  const segments = segmentsOf(saying([get, ok, get.replace('/a', '/b'), ok.replace('200', '404')]), () => 1460)
  const response = segments.findIndex(({ turn }) => turn === 1)
  const early = segments.slice(response, response + 1)
  expect(await shownOf(segments.toSpliced(response, 1).toSpliced(3, 0, ...early))).toEqual(['GET /a -> 200 2', 'GET /b -> 404 2'])
})

it('a response to HEAD that was captured before its request', async () => {
  const segments = segmentsOf(saying([get.replace('GET', 'HEAD'), ok.replace('hi', ''), get, ok]), () => 1460)
  const response = segments.findIndex(({ turn }) => turn === 1)
  const early = segments.slice(response, response + 1)
  expect(await shownOf(segments.toSpliced(response, 1).toSpliced(3, 0, ...early))).toEqual(['HEAD /a -> 200 0', 'GET /a -> 200 2'])
})

it('bytes that belong to no message are named and counted', async () => {
  const { result, counters } = await exchangesIn(segmentsOf(saying([get, `${ok}{"n":1}`, get, ok]), () => 1460))
  expect(result.map(({ weirds }) => weirds)).toEqual([[], ['http1.garbage']])
  expect(counters['http.skippedBytes']).toBe(7)
})

it('messages without the other half are counted over all services, and in the summary too', async () => {
  const other = get.replace('Host: x', 'Host: y')
  const said = segmentsOf(saying([get, ok, other, ok, get, ok]), () => 1460)
  const file = written(said.filter(({ turn }) => turn !== 1 && turn !== 4))
  const { result, counters } = await inventoryOf([file])
  expect(result.visibility.http).toMatchObject({ exchanges: 3, unpairedRequests: 1, unpairedResponses: 1 })
  expect(counters).toMatchObject({ 'http.unpairedRequests': 1, 'http.unpairedResponses': 1, 'http.exchangesSeen': 3 })
  expect((await exchangesOf([file])).counters).toEqual(counters)
})

it('a response of which the head is missing, and the next one', async () => {
  const segments = segmentsOf(saying([get, `${ok.replace('2', '40')}{"n":1}`, get, ok]), () => 40)
  const lost = segments.findIndex(({ turn }) => turn === 1)
  expect(await shownOf(segments.toSpliced(lost, 1))).toEqual(['GET /a -> nothing', 'GET /a -> 200 2'])
})

it('a capture that begins at the answer to a HEAD: what it swallows shifts no later pair', async () => {
  const long = ok.replace('2\r\n\r\nhi', `${ok.length}\r\n\r\n`)
  const after = ['201', '202', '203', '204'].flatMap((status) => [get, ok.replace('200', status).replace('204', '206')])
  const segments = segmentsOf(saying([get.replace('GET', 'HEAD'), long, ...after]), () => 1460)
  const seen = segments.slice(segments.findIndex(({ turn }) => turn === 1))
  expect((await shownOf(seen)).slice(-3)).toEqual(['GET /a -> 202 2', 'GET /a -> 203 2', 'GET /a -> 206 2'])
})

it.each([1, 2, 30])('a lost request, and %i after it', async (count) => {
  const after = Array.from({ length: count }, (_, index) => [get, ok.replace('200', `${400 + index}`)])
  const segments = segmentsOf(saying([get, ok, get, ok.replace('200', '201'), ...after.flat()]), () => 1460)
  const seen = segments.filter(({ turn }) => turn !== 2)
  expect(await shownOf(seen)).toEqual(['GET /a -> 200 2', ' -> 201 2', ...after.map((_, index) => `GET /a -> ${400 + index} 2`)])
})

it('a lost request among pipelined ones: nobody can tell whose the responses are', async () => {
  const [b, c] = [get.replace('/a', '/b'), get.replace('/a', '/c')]
  const segments = segmentsOf(saying([get + b + c, ok + ok + ok]), () => get.length)
  const lost = segments.findIndex(({ turn }) => turn === 0)
  const { result } = await exchangesIn(segments.toSpliced(lost, 1))
  expect(result.filter(({ request, response }) => request !== null && response !== null)).toEqual([])
  expect(result.filter(({ response }) => response !== null).map(({ weirds }) => weirds.includes('http1.pairing_unsure'))).toEqual([true, true, true])
})

it('a request of which the end of the head is missing, and its response', async () => {
  const segments = segmentsOf(saying([`${get.slice(0, -2)}X-Long: ${'x'.repeat(100)}\r\n\r\n`, ok]), () => 60)
  const parts = segments.filter(({ turn }) => turn === 0)
  expect(await shownOf(segments.filter((segment) => segment !== parts[1]))).toEqual(['GET /a -> 200 2'])
})

it.each<readonly [string, string, Buffer, boolean, string | undefined]>([
  ['whole', 'gzip', gzipSync('hello'), true, undefined],
  ['cut', 'gzip', gzipSync('hello'.repeat(50)).subarray(0, -10), false, 'coding.truncated'],
  ['a bomb', 'gzip', gzipSync(Buffer.alloc(80 << 20)), false, 'coding.bomb'],
  ['in more codings than are undone', 'gzip, gzip, gzip, gzip, gzip', gzipSync('hello'), false, 'coding.unknown'],
])('a coded body that is %s', async (_, coding, coded, complete, weird) => {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${coded.length}\r\n\r\n`
  const { result } = await exchangesIn(segmentsOf(saying([get, Buffer.concat([Buffer.from(head), coded])]), () => 1460))
  expect(result.map(({ response, weirds }) => [response?.complete, response?.bodySha !== null, weirds[0]])).toEqual([[complete, complete, weird]])
})

it.each([
  ['of an interface that is not there', [7, 0], { malformed: 1, packets: 1, problem: null }],
  ['of which none has an interface', [7, 7], { malformed: 2, packets: 0, problem: { code: 'INPUT_MALFORMED' } }],
])('packets %s are counted', async (_, interfaces, expected) => {
  const file = join(folder, `${(files += 1)}.pcapng`)
  const section = block(0x0a0d_0d0a, [0x1a2b_3c4d, 1, 0xffff_ffff, 0xffff_ffff])
  writeFileSync(file, Buffer.concat([section, block(1, [1, 0]), ...interfaces.map((number) => block(6, [number, 0, 0, 4, 4, 0]))]))
  const { inputs, counters } = await exchangesOf([file])
  expect(inputs).toMatchObject([expected])
  expect(counters).toMatchObject({ 'packets.read': 2, 'packets.malformed': expected.malformed + expected.packets })
})

it('packets without a time have none', async () => {
  const packets = segmentsOf(saying([get, ok]), () => 1460).map((segment) => frameOf(segment, 40_000))
  const simple = packets.map((packet) => {
    const padded = Buffer.concat([packet, Buffer.alloc(-packet.length & 3)])
    return block(3, [packet.length, ...Array.from({ length: padded.length / 4 }, (_, index) => padded.readUInt32LE(index * 4))])
  })
  const file = join(folder, `${(files += 1)}.pcapng`)
  writeFileSync(file, Buffer.concat([block(0x0a0d_0d0a, [0x1a2b_3c4d, 1, 0xffff_ffff, 0xffff_ffff]), block(1, [1, 0]), ...simple]))
  expect((await exchangesOf([file])).result).toMatchObject([{ request: { ts: null }, response: { ts: null, status: 200 } }])
  expect((await inventoryOf([file])).result.window).toEqual({ from: null, to: null })
})

/** A block of pcapng with words as its body. */
function block(kind: number, body: readonly number[]): Buffer {
  const words = [kind, 12 + body.length * 4, ...body, 12 + body.length * 4]
  const bytes = Buffer.alloc(words.length * 4)
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4)
  return bytes
}

function saying(said: readonly (string | Buffer)[]): Conversation {
  const turns = said.map((bytes, index): Turn => ({ from: index % 2 === 0 ? 'client' : 'server', bytes: Buffer.from(bytes) }))
  return { clientPort: 40_000, turns, exchanges: [] }
}

async function exchangesIn(segments: readonly Segment[]): Promise<Reading<readonly ExchangeLine[]>> {
  return await exchangesOf([written(segments)])
}

function written(segments: readonly Segment[]): string {
  const file = join(folder, `${(files += 1)}.pcap`)
  writeFileSync(file, pcapOf(segments.map((segment, index) => ({ timeUs: 1_767_600_000_000_000 + index * 1000, bytes: frameOf(segment, 40_000) }))))
  return file
}

/** The exchanges in a capture of the segments, as `method path -> status bytes`. */
async function shownOf(segments: readonly Segment[]): Promise<readonly string[]> {
  const { result } = await exchangesIn(segments)
  return result.map(({ request, response }) => {
    const asked = request === null ? '' : `${request.method} ${request.path}${request.bodyBytes > 0 ? ` (${request.bodyBytes})` : ''}`
    return `${asked} -> ${response === null ? 'nothing' : `${response.status} ${response.bodyBytes}`}`
  })
}
