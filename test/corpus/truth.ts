import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { ExchangeLine } from '../traffic/engine.ts'

/** What another dissector saw of an exchange; null for what it does not know. */
export interface TrueExchange {
  readonly label: string
  /** Only its beginning, up to the `-`, where the server is not told. */
  readonly flow: string
  readonly method: string
  readonly targetSha: string
  readonly host: string | null
  /** Null where there was no final response. */
  readonly status: number | null
  readonly request: TrueBody | null
  readonly response: TrueBody | null
}

/** Decoded size, and the first 16 digits of its SHA-256 where it is known. */
interface TrueBody {
  readonly bytes: number
  readonly sha: string | null
}

/** The exchanges of a capture that the truth is sure of (grade A, everything paired), or null. */
export function truthOf(path: string): readonly TrueExchange[] | null {
  const place = `${path}.truth.json`
  if (!existsSync(place)) return null
  const truth = JSON.parse(readFileSync(place, 'utf8')) as TruthFile
  const isPaired = truth.h1_unpaired.every(({ frag }) => frag === 1)
  if (truth.grade !== 'A' || !isPaired) return null
  const final = truth.h1_exchanges.filter(({ rsp }) => !isInterim(rsp.status))
  const answered = new Set(final.map(({ req }) => JSON.stringify(req)))
  // An interim response with no final one: as good as none.
  const waiting = truth.h1_exchanges.filter(({ req, rsp }) => isInterim(rsp.status) && !answered.has(JSON.stringify(req)))
  const unanswered = new Map(waiting.map(({ req }) => [JSON.stringify(req), req]))
  return [...final.map(({ req, rsp }) => exchangeOf(req, rsp)), ...[...unanswered.values()].map((req) => exchangeOf(req, null)), ...truth.h2.flatMap(streamOf)]
}

/** What of the lines differs from the truth, in words: exchanges that are missing or too many, and what differs in those that are there. */
export function differencesFrom(truth: readonly TrueExchange[], lines: readonly ExchangeLine[]): readonly string[] {
  const free = new Set(lines)
  const take = (exchange: TrueExchange, fits: (line: ExchangeLine) => boolean): boolean => {
    const found = [...free].find((line) => isSameHead(exchange, line) && fits(line))
    if (found !== undefined) free.delete(found)
    return found !== undefined
  }
  const left = truth.filter((exchange) => !take(exchange, (line) => faultsOf(exchange, line).length === 0))
  return [
    ...left.map((exchange) => {
      const near = [...free].find((line) => isSameHead(exchange, line))
      if (near === undefined) return `${exchange.label} is missing`
      free.delete(near)
      return `${exchange.label}: ${faultsOf(exchange, near).join(', ')}`
    }),
    ...[...free].map(({ n, request, response }) => `n=${n} ${request?.method ?? ''} -> ${response?.status ?? 'nothing'} is too many`),
  ]
}

function faultsOf(truth: TrueExchange, line: ExchangeLine): string[] {
  const faults: string[] = []
  const isOnFlow = truth.flow.endsWith('-') ? line.flow?.startsWith(truth.flow) : line.flow === truth.flow
  if (isOnFlow !== true) faults.push(`on ${line.flow} instead of ${truth.flow}`)
  if ((line.response?.status ?? null) !== truth.status) faults.push(`answered by ${line.response?.status} instead of ${truth.status}`)
  const host = line.request?.host ?? null
  if (truth.host !== null && host !== null && plainHost(truth.host) !== plainHost(host)) faults.push(`host ${host} instead of ${truth.host}`)
  for (const side of ['request', 'response'] as const) {
    const [body, message] = [truth[side], line[side]]
    if (body === null || message === null) continue
    const isSame = body.bytes === message.bodyBytes && (body.bytes === 0 || body.sha === null || message.bodySha === null || body.sha === message.bodySha)
    if (!isSame) faults.push(`${side} body of ${message.bodyBytes} bytes ${message.bodySha} instead of ${body.bytes} ${body.sha}`)
  }
  return faults
}

function isSameHead(truth: TrueExchange, { request }: ExchangeLine): boolean {
  return request?.method === truth.method && request.targetSha === truth.targetSha
}

function exchangeOf(request: TruthMessage, response: TruthMessage | null): TrueExchange {
  const target = request.uri ?? ''
  return {
    label: `frame ${request.frame} ${request.method} ${target.slice(0, 60)}`,
    flow: `tcp/${endpointOf(request.src)}-${endpointOf(request.dst)}`,
    method: request.method ?? '',
    targetSha: createHash('sha256').update(Buffer.from(target, 'latin1')).digest('hex').slice(0, 16),
    host: request.host ?? null,
    status: response?.status ?? null,
    request: bodyOf(request, null),
    response: response && bodyOf(response, request),
  }
}

/** A stream of HTTP/2; of its bodies the truth knows the size as sent alone. */
function streamOf(stream: TruthStream): TrueExchange[] {
  if (stream.method === undefined || stream.status === undefined) return []
  const target = stream.path ?? ''
  const body = (bytes: number): TrueBody | null => (bytes === 0 ? { bytes, sha: null } : null)
  return [
    {
      label: `stream ${stream.sid} ${stream.method} ${target.slice(0, 60)}`,
      flow: `tcp/${endpointOf(stream.client)}-`,
      method: stream.method,
      targetSha: createHash('sha256').update(target).digest('hex').slice(0, 16),
      host: stream.authority ?? null,
      status: Number(stream.status),
      request: body(stream.req_bytes),
      response: body(stream.rsp_bytes),
    },
  ]
}

/** An absent body is an empty one only where HTTP says so: the truth shows none where it could not decode one. */
function bodyOf(message: TruthMessage, request: TruthMessage | null): TrueBody | null {
  const coding = (message.ce ?? '').trim().toLowerCase()
  if (!['', 'identity', 'gzip', 'x-gzip', 'deflate', 'x-deflate', 'br'].includes(coding)) return null
  if (message.body !== undefined) return { bytes: message.body, sha: message.bsha ?? null }
  const { status } = message
  const isBodiless = status !== undefined && (request?.method === 'HEAD' || status === 204 || status === 304 || (status >= 100 && status < 200))
  const isFramed = (message.cl ?? 0) > 0 || (message.te ?? '') !== '' || message.ce !== undefined
  return isBodiless || message.cl === 0 || !isFramed ? { bytes: 0, sha: null } : null
}

/** `[address]:port` for version 6, shortened as the engine does it. */
function endpointOf(text: string): string {
  const at = text.lastIndexOf(':')
  const [host, port] = [text.slice(0, at), text.slice(at + 1)]
  return host.includes(':') ? `${new URL(`http://[${host.replace(/^\[|\]$/g, '')}]`).hostname}:${port}` : text
}

function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/:(80|443)$/, '')
    .replace(/\.+$/, '')
}

function isInterim(status: number | undefined): boolean {
  return status !== undefined && status >= 100 && status < 200 && status !== 101
}

interface TruthMessage {
  readonly frame: number
  readonly method?: string
  readonly uri?: string
  readonly host?: string
  readonly status?: number
  readonly body?: number
  readonly bsha?: string
  readonly cl?: number
  readonly te?: string
  readonly ce?: string
  readonly src: string
  readonly dst: string
  readonly frag?: number
}

interface TruthStream {
  readonly sid: number
  readonly client: string
  readonly method?: string
  readonly path?: string | null
  readonly authority?: string | null
  readonly status?: string
  readonly req_bytes: number
  readonly rsp_bytes: number
}

interface TruthFile {
  readonly grade: string
  readonly h1_exchanges: ReadonlyArray<{ readonly req: TruthMessage; readonly rsp: TruthMessage }>
  readonly h1_unpaired: readonly TruthMessage[]
  readonly h2: readonly TruthStream[]
}
