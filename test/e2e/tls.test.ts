import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, onTestFinished, test } from 'vitest'

import { frameOf, pcapOf, segmentsOf, type Segment } from '../traffic/capture_writer.ts'
import { exchangesOf, inventoryOf } from '../traffic/engine.ts'
import { answerBytes, openTlsRecorder, type TlsOffer, type TlsRecording } from '../traffic/tls_recording.ts'

const recorder = openTlsRecorder()
afterAll(() => recorder.close())

const suites13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_CCM_SHA256', 'TLS_AES_128_CCM_8_SHA256']
/** Suites whose server shows a certificate that it may have: the others need what two sides have agreed on before. */
const suites12 = execFileSync('openssl', ['ciphers', 'ALL:eNULL:@SECLEVEL=0'], { encoding: 'utf8' })
  .trim()
  .split(':')
  .filter((name) => !/^TLS_|PSK|SRP|ADH|AECDH|DSS/u.test(name))
const offers: readonly TlsOffer[] = [
  ...suites13.map((suite) => ({ version: 'TLSv1.3', suite }) as const),
  ...suites12.map((suite) => ({ version: 'TLSv1.2', suite }) as const),
  ...(['TLSv1', 'TLSv1.1'] as const).map((version) => ({ version, suite: 'ECDHE-RSA-AES128-SHA' })),
]

describe('with the keys of a connection', () => {
  test('every suite that OpenSSL offers is read', async () => {
    expect(suites12.length).toBeGreaterThan(30)
    const unread: string[] = []
    for (const offer of offers) {
      const { lines } = await read(await recorder.record(offer))
      if (lines !== whole) unread.push(`${offer.version} ${offer.suite}: ${lines}`)
    }
    expect(unread).toEqual([])
  }, 60_000)

  test('the private key of the server reads premaster secrets that are encrypted to it, bound to the handshake', async () => {
    for (const offer of [
      { version: 'TLSv1.2', suite: 'AES128-GCM-SHA256' },
      { version: 'TLSv1.2', suite: 'AES256-GCM-SHA384' },
      { version: 'TLSv1.1', suite: 'AES128-SHA' },
    ] as const) {
      const recording = await recorder.record(offer)
      for (const parts of [0, 1, 2]) {
        const { lines } = await read({ ...recording, keyLog: recording.rsaKey }, (segments) => (parts === 0 ? segments : withLateHello(segments, parts)))
        expect(lines).toBe(whole)
      }
    }
  })

  test('HTTP/2 inside is read', async () => {
    const { lines } = await read(await recorder.record({ version: 'TLSv1.3', suite: 'TLS_AES_128_GCM_SHA256', isHttp2: true }))
    expect(lines).toBe(whole)
  })

  test('keys in a secrets block are found, also behind their packets', async () => {
    const recording = await recorder.record({ version: 'TLSv1.3', suite: 'TLS_AES_128_GCM_SHA256' })
    for (const place of ['first', 'last'] as const) {
      const file = written(pcapngOf(framesOf(recording), recording.keyLog, place), 'capture.pcapng')
      expect(linesOf((await exchangesOf([file])).result)).toBe(whole)
    }
  })

  test("a server's hello may be captured before the client's, or between two parts of it", async () => {
    for (const offer of [offers[0], { version: 'TLSv1.2', suite: 'ECDHE-RSA-AES128-GCM-SHA256' } as const]) {
      const recording = await recorder.record(offer ?? { version: 'TLSv1.3', suite: suites13[0] ?? '' })
      for (const parts of [1, 2]) {
        const { lines, counters } = await read(recording, (segments) => withLateHello(segments, parts))
        expect({ lines, noKeys: counters['tls.no_keys'] ?? 0 }).toEqual({ lines: whole, noKeys: 0 })
      }
    }
  })

  test('a segment that is lost inside a body costs that body alone', async () => {
    for (const offer of [offers[0], { version: 'TLSv1.2', suite: 'ECDHE-RSA-AES128-GCM-SHA256' } as const]) {
      const recording = await recorder.record(offer ?? { version: 'TLSv1.3', suite: suites13[0] ?? '' })
      const { lines, counters } = await read(recording, (segments) => {
        const payloads = segments.filter(({ from, payload }) => from === 'server' && payload.length === 1000)
        const lost = payloads.at(Math.floor(payloads.length / 4))
        return segments.filter((segment) => segment !== lost)
      })
      expect(lines).toMatch(/^GET \{int\} 200 \d+ \w+, GET \{int\} 200 20000 true$/u)
      expect(lines).not.toBe(whole)
      expect(counters['tls.resync']).toBe(1)
    }
  })
})

test('without keys a service has a row with what its hello tells, and nothing of it is read', async () => {
  const recording = await recorder.record({ version: 'TLSv1.2', suite: 'ECDHE-RSA-AES128-GCM-SHA256' })
  const file = written(pcapOf(framesOf(recording)), 'capture.pcap')
  const { result } = await inventoryOf([file])
  expect(result.services).toEqual([])
  expect(result.encrypted).toEqual([
    {
      name: 'api.example.com',
      flows: 1,
      bytes: recording.turns.reduce((sum, { bytes }) => sum + bytes.length, 0),
      share: 1,
      tls: expect.objectContaining({
        version: { '1.2': 1 },
        cipher: { TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 1 },
        alpn: { 'http/1.1': 1 },
        ja4: expect.objectContaining({}),
        certificateKey: { 'rsa 2048': 1 },
        certificateName: { 'api.example.com': 1 },
        certificateSelfSigned: 1,
      }),
    },
  ])
})

describe('a connection whose beginning was not captured is encrypted all the same', () => {
  const isHello = ({ turn, from }: Segment): boolean => turn === 0 && from === 'client'
  const cases: ReadonlyArray<readonly [name: string, name12: string, change: (segments: readonly Segment[]) => readonly Segment[]]> = [
    ['joined in its middle', 'unknown', (segments) => segments.filter(({ turn }) => turn !== null && turn > 3)],
    ["without the client's hello", '1.2', (segments) => segments.filter((segment) => !isHello(segment))],
    ['of the server alone', '1.2', (segments) => segments.filter(({ from }) => from === 'server')],
    ["of the server's hello alone", '1.2', (segments) => segments.filter(({ from, turn }) => from === 'server' && (turn ?? 0) <= 1)],
  ]
  test.each(cases)('%s', async (_, version, change) => {
    const recording = await recorder.record({ version: 'TLSv1.2', suite: 'ECDHE-RSA-AES128-GCM-SHA256' })
    const file = written(pcapOf(framesOf(recording, change)), 'capture.pcap')
    const { result, counters } = await inventoryOf([file])
    expect(result.encrypted).toEqual([
      { name: '10.0.1.2:8080', flows: 1, bytes: counters['tcp.deliveredBytes'], share: 1, tls: expect.objectContaining({ version: { [version]: 1 } }) },
    ])
    expect(counters['flows.unknownProtocol'] ?? 0).toBe(0)
    expect(counters['tls.flows']).toBe(1)
  })
})

test('a protocol that is not read is counted with its bytes', async () => {
  const turns = [{ from: 'client', bytes: Buffer.alloc(3000, Buffer.from([0x17, 3, 3, 0, 100, 7])) }] as const
  const file = written(pcapOf(framesOf({ turns, keyLog: '', rsaKey: '' }, (segments) => segments.slice(3))), 'capture.pcap')
  const { result } = await inventoryOf([file])
  expect(result.encrypted ?? []).toEqual([])
  expect(result.visibility.flows).toEqual({ unknownProtocol: 1, unknownBytes: 3000 })
})

const whole = `GET {int} 200 ${answerBytes} true, GET {int} 200 ${answerBytes} true`

/** What comes out of a recording that was captured; `change` says of its segments which ones were. */
async function read(
  recording: TlsRecording,
  change = (segments: readonly Segment[]): readonly Segment[] => segments,
): Promise<{ lines: string; counters: Readonly<Record<string, number>> }> {
  const file = written(pcapOf(framesOf(recording, change)), 'capture.pcap')
  const { result, counters } = await exchangesOf([file], 1, [written(Buffer.from(recording.keyLog), 'keys')])
  return { lines: linesOf(result), counters }
}

/** The last of so many parts of the client's hello comes behind what the server answers. */
function withLateHello(segments: readonly Segment[], parts: number): readonly Segment[] {
  const at = segments.findIndex(({ turn }) => turn === 0)
  const until = segments.findIndex(({ turn, from }) => turn !== null && turn > 0 && from === 'client')
  const [hello, ...answers] = segments.slice(at, until)
  if (hello === undefined) throw new Error('the client says nothing')
  const cut = parts === 1 ? 0 : hello.payload.length >> 1
  const early = { ...hello, payload: hello.payload.subarray(0, cut) }
  const late = { ...hello, sequence: (hello.sequence + cut) >>> 0, payload: hello.payload.subarray(cut) }
  return [...segments.slice(0, at), ...(cut === 0 ? [] : [early]), ...answers, late, ...segments.slice(until)]
}

function linesOf(lines: Awaited<ReturnType<typeof exchangesOf>>['result']): string {
  return lines
    .map(({ request, response }) => `${request?.method} ${request?.path.split('/').at(-1)} ${response?.status} ${response?.bodyBytes} ${response?.complete}`)
    .join(', ')
}

function framesOf(
  { turns }: TlsRecording,
  change = (segments: readonly Segment[]): readonly Segment[] => segments,
): readonly { timeUs: number; bytes: Buffer }[] {
  const segments = change(segmentsOf({ clientPort: 50_000, turns, exchanges: [] }, () => 1000))
  return segments.map((segment, index) => ({ timeUs: 1_000_000 + index * 1000, bytes: frameOf(segment, 50_000) }))
}

/** A pcapng file with a secrets block before or behind its packets. */
function pcapngOf(packets: readonly { readonly timeUs: number; readonly bytes: Buffer }[], keyLog: string, place: 'first' | 'last'): Buffer {
  const block = (kind: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)]
    head.writeUInt32LE(kind, 0)
    head.writeUInt32LE(padded.length + 12, 4)
    tail.writeUInt32LE(padded.length + 12, 0)
    return Buffer.concat([head, padded, tail])
  }
  const words = (...numbers: readonly number[]): Buffer => Buffer.concat(numbers.map((number) => Buffer.from(Uint32Array.of(number).buffer)))
  const secrets = block(0x0a, Buffer.concat([words(0x544c_534b, keyLog.length), Buffer.from(keyLog)]))
  const section = Buffer.concat([block(0x0a0d_0d0a, words(0x1a2b_3c4d, 1, 0xffff_ffff, 0xffff_ffff)), block(1, words(1, 0))])
  const records = packets.map(({ timeUs, bytes }) => block(6, Buffer.concat([words(0, 0, timeUs, bytes.length, bytes.length), bytes])))
  return Buffer.concat([section, ...(place === 'first' ? [secrets] : []), ...records, ...(place === 'last' ? [secrets] : [])])
}

function written(bytes: Buffer, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}
