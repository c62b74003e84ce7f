import { gzipSync } from 'node:zlib'

import { pcapFile, type Frame } from '../../examples/generator/pcap.ts'
import { seededRandom } from '../../examples/generator/random.ts'
import { connectionFrames } from '../../examples/generator/tcp.ts'
import type { Secret } from './planted_secrets.ts'

/** A secret and where it stands in the traffic. */
export interface Plant {
  readonly secret: Secret
  readonly place: string
  readonly form: string
}

/** An exchange whose parts hold secrets. */
export interface PlantedExchange {
  readonly method: string
  readonly target: string
  readonly requestHeaders: ReadonlyArray<readonly [string, string]>
  readonly requestBody: string
  readonly requestMediaType: string
  readonly status: number
  readonly reason: string
  readonly responseHeaders: ReadonlyArray<readonly [string, string]>
  readonly responseBody: string
  readonly responseMediaType: string
}

/** Spreads `secrets` over exchanges, one secret in each place of each, and says where each went. */
export function plantedTraffic(secrets: readonly Secret[]): { readonly exchanges: readonly PlantedExchange[]; readonly plants: readonly Plant[] } {
  const plants: Plant[] = []
  const exchanges: PlantedExchange[] = []
  const numeric = secrets.filter(({ isNumeric }) => isNumeric)
  const others = secrets.filter(({ isNumeric }) => !isNumeric)
  const repeated = new Map<string, string>()
  while (others.length > 0 || numeric.length > 0) {
    const index = exchanges.length
    /** The next secret in a form; one exchange in eight repeats the place's first, since what comes often is shown sooner. */
    const plant = (place: string, formNames: readonly (keyof typeof forms)[] = ['raw', 'percent', 'base64', 'twice percent']): string => {
      const before = repeated.get(place)
      if (before !== undefined && index % 8 === 0) return before
      const pool = place.includes('number') || others.length === 0 ? numeric : others
      const secret = pool.pop() ?? others.pop()
      if (secret === undefined) return before ?? 'none'
      const form = formNames[(index + plants.length) % formNames.length] ?? 'raw'
      plants.push({ secret, place, form })
      const text = forms[form](secret.text)
      if (before === undefined) repeated.set(place, text)
      return text
    }
    exchanges.push(exchangeOf(index, plant))
  }
  return { exchanges, plants }
}

const forms = {
  'raw': (text: string) => text,
  'percent': (text: string) => percent(text),
  'twice percent': (text: string) => percent(percent(text)),
  'base64': (text: string) => Buffer.from(text).toString('base64url'),
} as const

type PlantOne = (place: string, formNames?: readonly (keyof typeof forms)[]) => string

function percent(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
}

const plain = ['raw'] as const
const token = ['raw', 'base64'] as const

function exchangeOf(index: number, plant: PlantOne): PlantedExchange {
  const [requestMediaType, requestBody] = requestBodies[index % requestBodies.length]?.(plant) ?? ['', '']
  const [responseMediaType, responseBody] = responseBodies[index % responseBodies.length]?.(plant) ?? ['', '']
  return {
    method: requestBody === '' ? 'GET' : 'POST',
    target: `${paths[index % paths.length]?.(plant) ?? '/'}?${plant('query key')}=1&q=${plant('query value')}&state=${plant('query value of few')}&n=${plant('query number', plain)}`,
    requestHeaders: [
      ['User-Agent', index % 2 === 0 ? plant('user agent') : `Mozilla/5.0 (X11; ${plant('user agent')}) Firefox/136.0`],
      ['Cookie', `session=${plant('cookie value')}; ${plant('cookie name')}=1; ${plant('cookie without a value')}`],
      ['Authorization', credentials[index % credentials.length]?.(plant) ?? ''],
      ['Referer', `https://www.example.com/${plant('referer')}?x=1`],
      ['X-Request-Tag', plant('header value')],
      [`X-${plant('header name', token)}`, '1'],
    ],
    requestBody,
    requestMediaType,
    status: [200, 201, 302, 400][index % 4] ?? 200,
    reason: plant('reason phrase'),
    responseHeaders: [
      ['Location', `https://www.example.com/welcome/${plant('location')}`],
      ['Set-Cookie', `${plant('set cookie name')}=${plant('set cookie value')}; Path=/; HttpOnly`],
      ['ETag', `"${plant('entity tag')}"`],
      ['Server', plant('server')],
      ['WWW-Authenticate', `Bearer realm="${plant('realm')}"`],
      ['Content-Disposition', `attachment; filename="${plant('file name')}.pdf"`],
    ],
    responseBody,
    responseMediaType,
  }
}

const paths: ReadonlyArray<(plant: PlantOne) => string> = [
  (plant) => `/users/${plant('path segment')}/cards`,
  (plant) => `/files/${plant('file name in the path')}.json`,
  (plant) => `/v1/${plant('path segment')}/${plant('path segment')}`,
  (plant) => `/accounts/${plant('number in the path', plain)}/entries`,
  (plant) => `/items;key=${plant('matrix parameter')}/list`,
]

const credentials: ReadonlyArray<(plant: PlantOne) => string> = [
  (plant) => `Bearer ${plant('bearer token')}`,
  (plant) => `Basic ${Buffer.from(`user:${plant('password')}`).toString('base64')}`,
  (plant) => plant('credentials without a scheme'),
  (plant) => `${plant('scheme of credentials', token)} x`,
  (plant) =>
    `Bearer ${[
      { alg: 'HS256', typ: 'JWT' },
      { iss: plant('claim'), aud: plant('claim'), sub: plant('claim'), [plant('claim name')]: 1 },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')}.${plant('signature')}`,
]

const boundary = 'a-boundary'

const requestBodies: ReadonlyArray<(plant: PlantOne) => readonly [string, string]> = [
  (plant) => ['application/json', json(plant)],
  (plant) => ['application/x-www-form-urlencoded', `${plant('form key')}=1&note=${plant('form value')}&account=${plant('form number', plain)}`],
  (plant) => [
    `multipart/form-data; boundary=${boundary}`,
    `--${boundary}\r\nContent-Disposition: form-data; name="${plant('multipart name')}"\r\n\r\n${plant('multipart content')}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="upload"; filename="${plant('multipart file name')}.txt"\r\nContent-Type: text/plain; name=${plant('multipart media type')}\r\n\r\n${plant('multipart content')}\r\n--${boundary}--\r\n`,
  ],
  (plant) => ['application/xml', xml(plant)],
  () => ['', ''],
]

const responseBodies: ReadonlyArray<(plant: PlantOne) => readonly [string, string]> = [
  (plant) => ['application/json', json(plant)],
  (plant) => ['text/xml', xml(plant)],
  (plant) => ['text/plain', `an error about ${plant('text')}`],
  (plant) => ['application/x-ndjson', `${json(plant)}\n${json(plant)}\n`],
  (plant) => [`application/json; charset=${plant('charset', token)}`, `[${json(plant)},"${plant('JSON item')}"]`],
  (plant) => ['text/html', `<html><title>${plant('html')}</title></html>`],
  (plant) => ['application/octet-stream', plant('opaque body')],
]

function json(plant: PlantOne): string {
  const number = plant('JSON number', plain)
  const text = JSON.stringify({
    [plant('JSON key')]: { note: plant('JSON value') },
    state: plant('JSON value of an enumeration'),
    map: { [plant('JSON key of a map')]: 1, [plant('JSON key of a map')]: 2 },
    list: [plant('JSON item')],
    account: '@number@',
    cardNumber: plant('JSON number as text', plain),
  })
  return text.replace('"@number@"', /^[1-9]\d*$/.test(number) ? number : '1')
}

function xml(plant: PlantOne): string {
  const name = plant('XML element name', token).replaceAll(/[^\w.-]/g, '')
  return `<?xml version="1.0"?><order id="${plant('XML attribute')}"><note>${plant('XML text')}</note><e${name}>1</e${name}><n>${plant('XML number', plain)}</n></order>`
}

const host = (index: number): string => ['api.example.com', 'shop.example.com', 'pay.example.com'][index % 3] ?? 'api.example.com'
const startMs = 1_772_442_000_000

/** A capture of the exchanges, each on a connection of its own, and of connections that are broken HTTP or none. */
export function asCapture(exchanges: readonly PlantedExchange[], broken: readonly string[]): Uint8Array {
  const random = seededRandom(7)
  const frames: Frame[] = []
  const connect = (index: number, request: Uint8Array, response: Uint8Array): void => {
    frames.push(
      ...connectionFrames(
        { address: `192.0.2.${1 + (index % 200)}`, port: 20_000 + index },
        { address: '10.0.0.1', port: 80 },
        (startMs + index * 10) * 1000,
        [
          { from: 'client', bytes: request, thinkUs: 100 },
          { from: 'server', bytes: response, thinkUs: 900 },
        ],
        index % 5 === 0 ? 'lose-one' : 'none',
        random,
      ),
    )
  }
  exchanges.forEach((exchange, index) => connect(index, requestOf(exchange, index), responseOf(exchange, index)))
  broken.forEach((text, index) => connect(exchanges.length + index, Buffer.from(text), Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${text}`)))
  return pcapFile(frames)
}

function requestOf(exchange: PlantedExchange, index: number): Uint8Array {
  const body = Buffer.from(exchange.requestBody)
  return Buffer.concat([
    head(`${exchange.method} ${exchange.target} HTTP/1.1`, [['Host', host(index)], ...exchange.requestHeaders, ...content(exchange.requestMediaType, body)]),
    body,
  ])
}

function responseOf(exchange: PlantedExchange, index: number): Uint8Array {
  const gzip = index % 3 === 0
  const body = gzip ? gzipSync(exchange.responseBody) : Buffer.from(exchange.responseBody)
  const coding: ReadonlyArray<readonly [string, string]> = gzip ? [['Content-Encoding', 'gzip']] : []
  return Buffer.concat([
    head(`HTTP/1.1 ${exchange.status} ${exchange.reason}`, [...exchange.responseHeaders, ...coding, ...content(exchange.responseMediaType, body)]),
    body,
  ])
}

function head(line: string, fields: ReadonlyArray<readonly [string, string]>): Uint8Array {
  return Buffer.from(`${[line, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`)
}

function content(mediaType: string, body: Uint8Array): ReadonlyArray<readonly [string, string]> {
  return body.length === 0
    ? [['Content-Length', '0']]
    : [
        ['Content-Type', mediaType],
        ['Content-Length', String(body.length)],
      ]
}

/** NDJSON exchanges, and lines that are none. */
export function asNdjson(exchanges: readonly PlantedExchange[], broken: readonly string[]): string {
  const lines = exchanges.map((exchange, index) => {
    const [path, query] = exchange.target.split('?')
    return JSON.stringify({
      ts: startMs + index * 10,
      host: host(index),
      method: exchange.method,
      path,
      query,
      status: exchange.status,
      reqHeaders: fieldsOf([...exchange.requestHeaders, ['Content-Type', exchange.requestMediaType]]),
      resHeaders: fieldsOf([...exchange.responseHeaders, ['Content-Type', exchange.responseMediaType]]),
      reqBody: exchange.requestBody,
      resBody: exchange.responseMediaType === 'application/json' ? (JSON.parse(exchange.responseBody) as unknown) : exchange.responseBody,
      client: `192.0.2.${1 + (index % 200)}`,
      note: exchange.reason,
    })
  })
  return `${[...lines, ...broken.flatMap((text) => [text, JSON.stringify({ method: 'GET', [text]: text }), JSON.stringify({ method: 'GET', path: text, status: text, ts: text }), JSON.stringify({ method: text, path: '/x' })])].join('\n')}\n`
}

function fieldsOf(fields: ReadonlyArray<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]))
}

/** HAR 1.2 as browsers write it. */
export function asHar(exchanges: readonly PlantedExchange[]): string {
  const nameValue = (fields: ReadonlyArray<readonly [string, string]>) => fields.map(([name, value]) => ({ name, value }))
  const entries = exchanges.map((exchange, index) => ({
    startedDateTime: new Date(startMs + index * 10).toISOString(),
    time: 12,
    comment: exchange.reason,
    request: {
      method: exchange.method,
      url: `https://${host(index)}${exchange.target}`,
      httpVersion: 'HTTP/1.1',
      headers: nameValue(exchange.requestHeaders),
      cookies: [],
      queryString: [],
      ...(exchange.requestBody === '' ? {} : { postData: { mimeType: exchange.requestMediaType, text: exchange.requestBody } }),
    },
    response: {
      status: exchange.status,
      statusText: exchange.reason,
      httpVersion: 'HTTP/1.1',
      headers: nameValue(exchange.responseHeaders),
      cookies: [],
      content: { mimeType: exchange.responseMediaType, text: exchange.responseBody, size: exchange.responseBody.length },
      redirectURL: '',
    },
    cache: {},
    timings: { send: 1, wait: 10, receive: 1 },
  }))
  return JSON.stringify({ log: { version: '1.2', creator: { name: 'test', version: '1' }, entries } })
}

/** Combined lines, and lines that are none. */
export function asCombinedLog(exchanges: readonly PlantedExchange[], broken: readonly string[]): string {
  const lines = exchanges.map((exchange, index) => {
    const field = (name: string): string => exchange.requestHeaders.find(([header]) => header === name)?.[1] ?? '-'
    const user = index % 3 === 0 ? exchange.reason.replaceAll(' ', '') : '-'
    return `192.0.2.${1 + (index % 200)} - ${user} [02/Mar/2026:09:00:${String(index % 60).padStart(2, '0')} +0000] "${exchange.method} ${exchange.target} HTTP/1.1" ${exchange.status} 512 "${field('Referer')}" "${field('User-Agent')}"`
  })
  return `${[...lines, ...broken].join('\n')}\n`
}

/** JSON lines as nginx writes them, and lines that are none. */
export function asJsonLog(exchanges: readonly PlantedExchange[], broken: readonly string[]): string {
  const lines = exchanges.map((exchange, index) => {
    const field = (name: string): string => exchange.requestHeaders.find(([header]) => header === name)?.[1] ?? '-'
    return JSON.stringify({
      time: new Date(startMs + index * 10).toISOString(),
      remote_addr: `192.0.2.${1 + (index % 200)}`,
      remote_user: exchange.reason,
      method: exchange.method,
      host: host(index),
      uri: exchange.target,
      protocol: 'HTTP/1.1',
      status: exchange.status,
      body_bytes_sent: 512,
      request_time: 0.012,
      http_referer: field('Referer'),
      http_user_agent: field('User-Agent'),
      request_id: exchange.reason,
      [exchange.reason]: exchange.reason,
    })
  })
  return `${[...lines, ...broken.map((text) => `{"${text}": "${text}`)].join('\n')}\n`
}
