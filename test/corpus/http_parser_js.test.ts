import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { HTTPParser } from 'http-parser-js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { frameOf, pcapOf, segmentsOf, type Packet } from '../traffic/capture_writer.ts'
import { conversation, type Conversation } from '../traffic/conversation.ts'
import { exchangesOf, type ExchangeLine } from '../traffic/engine.ts'
import { Random } from '../traffic/random.ts'

const conversations = Array.from({ length: 300 }, (_, index) => conversation(new Random(index), 10_000 + index))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('clean messages are read as http-parser-js reads them', async () => {
  const random = new Random(1)
  let timeUs = 1_767_600_000_000_000
  const packets: Packet[] = conversations.flatMap((own) =>
    segmentsOf(own, () => 1 + random.below(1460)).map((segment) => ({ timeUs: (timeUs += 100), bytes: frameOf(segment, own.clientPort) })),
  )
  const file = join(folder, 'clean.pcap')
  writeFileSync(file, pcapOf(packets))
  const { result, inputs } = await exchangesOf([file], 2)
  expect(inputs[0]?.packets).toBe(packets.length)
  const expected = conversations.flatMap(readByOracle)
  expect(expected.length).toBeGreaterThan(900)
  expect(result.map(asRead)).toEqual(expected)
})

interface Read {
  readonly flow: string
  readonly method: string
  readonly targetSha: string
  readonly requestBody: string
  readonly status: number
  readonly responseBody: string
}

function asRead({ flow, request, response }: ExchangeLine): Read {
  return {
    flow: flow ?? '',
    method: request?.method ?? '',
    targetSha: request?.targetSha ?? '',
    requestBody: `${request?.bodyBytes} ${request?.bodySha}`,
    status: response?.status ?? 0,
    responseBody: `${response?.bodyBytes} ${response?.bodySha}`,
  }
}

function readByOracle({ clientPort, turns, exchanges }: Conversation): readonly Read[] {
  const bytesOf = (from: string): Buffer => Buffer.concat(turns.filter((turn) => turn.from === from).map(({ bytes }) => bytes))
  const requests = messagesOf('REQUEST', bytesOf('client'), () => false)
  const isHead = exchanges.map(({ method }) => method === 'HEAD')
  const responses = messagesOf('RESPONSE', bytesOf('server'), (index) => isHead[index] ?? false)
  expect(responses.length).toBe(requests.length)
  return requests.map((request, index) => ({
    flow: `tcp/10.0.0.${1 + (clientPort % 9)}:${clientPort}-10.0.1.2:8080`,
    method: request.method,
    targetSha: sha16(Buffer.from(request.url)),
    requestBody: bodyText(request),
    status: responses[index]?.status ?? 0,
    responseBody: bodyText(responses[index] ?? request),
  }))
}

interface Message {
  method: string
  url: string
  status: number
  isGzip: boolean
  readonly body: Buffer[]
}

/** The final messages of a stream. `skipsBody` says of which response by number there is a head alone. */
function messagesOf(type: 'REQUEST' | 'RESPONSE', bytes: Buffer, skipsBody: (index: number) => boolean): readonly Message[] {
  const found: Message[] = []
  let current: Message = { method: '', url: '', status: 0, isGzip: false, body: [] }
  const parser = new HTTPParser(HTTPParser[type])
  parser[HTTPParser.kOnHeadersComplete] = ({ method, url, statusCode, headers }) => {
    const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
    current = {
      method: type === 'REQUEST' ? (HTTPParser.methods[method] ?? '') : '',
      url,
      status: statusCode,
      isGzip: headers[names.indexOf('content-encoding') * 2 + 1] === 'gzip',
      body: [],
    }
    return skipsBody(found.length) && statusCode !== 100 ? 1 : 0
  }
  parser[HTTPParser.kOnBody] = (chunk, offset, length) => {
    current.body.push(Buffer.from(chunk.subarray(offset, offset + length)))
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (current.status !== 100) found.push(current)
  }
  const taken = parser.execute(bytes)
  if (taken instanceof Error) throw taken
  parser.finish()
  return found
}

function bodyText({ body, isGzip }: Message): string {
  const raw = Buffer.concat(body)
  const content = isGzip && raw.length > 0 ? gunzipSync(raw) : raw
  return `${content.length} ${content.length === 0 ? null : sha16(content)}`
}

function sha16(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
