import { requestBytes, responseBytes, sentBodyBytes, type Exchange } from './http.ts'
import { accounts, promo, site, stock } from './others.ts'
import { payments } from './payments.ts'
import { pcapFile, type Frame } from './pcap.ts'
import { people } from './people.ts'
import { seededRandom, type Random } from './random.ts'
import { shop } from './shop.ts'
import { connectionFrames, type TapFault, type Turn } from './tcp.ts'
import { tlsTurns } from './tls.ts'
import type { ExampleService, Scene } from './traffic.ts'

/** The files of the example by name. The same bytes on every machine and in every run. */
export function exampleFiles(): ReadonlyMap<string, Uint8Array> {
  const random = seededRandom(7411)
  const scene: Scene = { random, people: people(60, random), startSeconds }
  const frames: Frame[] = []
  const lines: LogLine[] = []
  let connections = 0
  for (const service of [shop, payments, stock, promo, accounts, site]) {
    for (let index = 0; index < service.connections; index += 1) {
      connections += 1
      const connection = { service, exchanges: service.converse(scene, index), client: clientOf(service, random), clientPort: 20_000 + connections * 3 }
      const userAgent = random.pick(service.userAgents)
      const startUs = startSeconds * 1e6 + random.between(0, 3_500) * 1e6 + random.between(0, 999_999)
      const turns = connection.exchanges.flatMap((exchange) => exchangeTurns(exchange, service, userAgent))
      frames.push(
        ...connectionFrames(
          { address: connection.client, port: connection.clientPort },
          { address: service.address, port: service.port },
          startUs,
          turns,
          faultOf(connections),
          random,
        ),
      )
      if (service === shop) lines.push(...logLines(connection.exchanges, connection.client, userAgent, startUs))
    }
  }
  for (let index = 0; index < 3; index += 1) {
    const client = { address: `10.20.1.${20 + index}`, port: 61_000 + index }
    frames.push(
      ...connectionFrames(
        client,
        { address: '192.0.2.80', port: 443 },
        (startSeconds + 300 * (index + 1)) * 1e6,
        tlsTurns('api.partner.example.net', random),
        'none',
        random,
      ),
    )
  }
  lines.push(...laterLogLines(random))
  const log = lines
    .toSorted((one, other) => one.timeUs - other.timeUs)
    .map(({ text }) => `${text}\n`)
    .join('')
  return new Map([
    ['shop.pcap', pcapFile(frames)],
    ['shop-access.log', Buffer.from(log)],
  ])
}

/** Monday, 2 March 2026, 09:00 UTC. */
const startSeconds = 1_772_442_000

interface LogLine {
  readonly timeUs: number
  readonly text: string
}

/** Most connections are clean; each kind of fault comes at its own pace. */
function faultOf(connection: number): TapFault {
  if (connection % 61 === 0) return 'lose-one'
  if (connection % 97 === 0) return 'join-late'
  if (connection % 7 === 0) return 'swap'
  return connection % 11 === 0 ? 'repeat' : 'none'
}

function clientOf(service: ExampleService, random: Random): string {
  return `${random.pick(service.clientNetworks)}.${random.between(2, 90)}`
}

function exchangeTurns(exchange: Exchange, service: ExampleService, userAgent: string): Turn[] {
  return [
    { from: 'client', thinkUs: 30_000, bytes: requestBytes(exchange, service.host, userAgent) },
    { from: 'server', thinkUs: exchange.latencyUs, bytes: responseBytes(exchange) },
  ]
}

function logLines(exchanges: readonly Exchange[], client: string, userAgent: string, startUs: number): LogLine[] {
  let timeUs = startUs
  return exchanges.map((exchange) => {
    timeUs += 31_000 + exchange.latencyUs
    return { timeUs, text: combined(client, timeUs, exchange.method, exchange.target, exchange.status, sentBodyBytes(exchange), userAgent) }
  })
}

/** An hour after the capture ended: store pages that the tap never saw, and a scanner that found nothing. */
function laterLogLines(random: Random): LogLine[] {
  const firstUs = (startSeconds + 7_200) * 1e6
  const lines: LogLine[] = []
  for (let index = 0; index < 60; index += 1) {
    const timeUs = firstUs + index * 20e6
    const target = random.chance(0.3) ? '/api/v1/stores?near=berlin' : `/api/v1/stores/${random.between(1, 40)}/opening-hours`
    lines.push({
      timeUs,
      text: combined(
        `203.0.113.${random.between(2, 90)}`,
        timeUs,
        'GET',
        target,
        200,
        random.between(90, 400),
        'Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0',
      ),
    })
  }
  for (const [index, path] of ['/wp-login.php', '/.env', '/admin/config.php', '/cgi-bin/test', '/phpmyadmin/', '/.git/config'].entries()) {
    const timeUs = firstUs + index * 1e6
    lines.push({ timeUs, text: combined('192.0.2.99', timeUs, 'GET', path, 404, 153, 'Mozilla/5.0 zgrab/0.x') })
  }
  return lines
}

/** nginx's predefined `combined` format. */
function combined(client: string, timeUs: number, method: string, target: string, status: number, bodyBytes: number, userAgent: string): string {
  const moment = new Date(Math.floor(timeUs / 1e6) * 1e3)
  const [year, month, day, time] = [
    moment.getUTCFullYear(),
    months[moment.getUTCMonth()],
    String(moment.getUTCDate()).padStart(2, '0'),
    moment.toISOString().slice(11, 19),
  ]
  return `${client} - - [${day}/${month}/${year}:${time} +0000] "${method} ${target} HTTP/1.1" ${status} ${bodyBytes} "-" "${userAgent}"`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
