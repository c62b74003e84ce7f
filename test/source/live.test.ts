import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { brokenIdentities } from '../e2e/identities.ts'
import { shopDescriptors } from '../traffic/shop_descriptors.ts'
import { Network, type Side } from './network.ts'
import type { Answer, LiveOrder, Order } from './live_engine.ts'

type Seen = Extract<Answer, { kind: 'seen' | 'ended' }>

const patienceMs = 30_000
const scripts = {
  engine: new URL('live_engine.ts', import.meta.url),
  server: new URL('live_server.ts', import.meta.url),
  client: new URL('live_client.ts', import.meta.url),
  tlsClient: new URL('live_tls_client.ts', import.meta.url),
  h2Server: new URL('live_h2_server.ts', import.meta.url),
  h2Client: new URL('live_h2_client.ts', import.meta.url),
  privileges: new URL('live_privileges.ts', import.meta.url),
}

const network = opened()
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

afterAll(() => network?.close())

describe.skipIf(network === null)('live capture', () => {
  it('sees every exchange, with one worker and with two', async () => {
    network?.pair(0)
    await serve()
    const all = [{ name: 'tap0' }]
    const [one, two] = await Promise.all([capture({ interfaces: all }), capture({ interfaces: [{ name: 'tap0', workers: 2 }], flushMs: 50 })])
    await Promise.all([one, two].map((engine) => engine.until(isUp)))
    await ask(300, '10.9.0.1', '10.9.0.1:8080')
    const ended = await Promise.all([one, two].map((engine) => engine.stopAfter(600)))
    for (const seen of ended) {
      expect(exchangesOf(seen)).toEqual({
        '10.9.0.1 GET /users/{userId} 200': 200,
        '10.9.0.1 POST /orders 200': 100,
        '10.9.0.1:8080 GET /users/{userId} 200': 200,
        '10.9.0.1:8080 POST /orders 200': 100,
      })
      expect(brokenIdentities(seen.document)).toEqual([])
      const { packets, kernel, http } = groups(seen)
      expect({ dropped: packets?.['kernelDropped'], unpaired: http?.['unpairedRequests'] ?? 0 }).toEqual({ dropped: 0, unpaired: 0 })
      expect(kernel?.['received']).toBe(packets?.['read'])
      expect(seen.interfaces.map(({ kernelDropped, reason }) => ({ kernelDropped, reason }))).toEqual([{ kernelDropped: 0, reason: null }])
    }
    expect(timeless(ended[1])).toEqual(timeless(ended[0]))
  })

  it('takes what its filter lets pass', async () => {
    network?.pair(5)
    await serve()
    const problem = await failure({ interfaces: [{ name: 'lo', filter: 'tcp' }] })
    if (problem.includes('libpcap')) return console.log(`skipped: ${problem}`)
    const engine = await capture({ interfaces: [{ name: 'tap5', filter: 'tcp port 8080', workers: 2 }] })
    await engine.until(isUp)
    await ask(30, '10.9.5.1', '10.9.5.1:8080')
    const { document } = await engine.stopAfter(30)
    expect(document.services.map(({ name, exchanges }) => [name, exchanges])).toEqual([['10.9.5.1:8080', 30]])
    expect(brokenIdentities(document)).toEqual([])
  })

  it('shows literals from when they are known, with every worker', async () => {
    network?.pair(6)
    await serve()
    const engine = await capture({ interfaces: [{ name: 'tap6', workers: 2 }] })
    await engine.until(isUp)
    await ask(3, '10.9.6.1')
    await engine.until(hasExchanges(3))
    engine.tell({ kind: 'know', literals: ['users', '1', '2'] })
    await engine.until(isUp)
    await ask(3, '10.9.6.1')
    expect((await engine.stopAfter(6)).paths.toSorted()).toEqual(['/orders', '/users/1', '/users/2', '/users/{int}'])
  })

  it('reads TLS with a key log that clients write meanwhile, also of connections that are over at once', async () => {
    network?.pair(7)
    const folder = mkdtempSync(join(tmpdir(), 'tapistry-live-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [key, certificate, keyLog] = ['key.pem', 'certificate.pem', 'keys.log'].map((name) => join(folder, name)) as [string, string, string]
    const wanted = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=api.example.com']
    execFileSync('openssl', ['req', '-x509', ...wanted, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
    await started('near', scripts.server, [key, certificate])
    const engine = await capture({ interfaces: [{ name: 'tap7' }], keys: [keyLog] })
    await engine.until(isUp)
    const [code] = (await once(launched('far', scripts.tlsClient, ['8', '10.9.7.1', keyLog]), 'exit')) as [number | null]
    expect(code).toBe(0)
    expect(exchangesOf(await engine.stopAfter(8))).toEqual({ '10.9.7.1 GET /users/{userId} 200': 8 })
  })

  it('sees requests of HTTP/2 by prior knowledge and calls of gRPC', async () => {
    network?.pair(8)
    await started('near', scripts.h2Server, [])
    const folder = mkdtempSync(join(tmpdir(), 'tapistry-live-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const descriptors = join(folder, 'shop.binpb')
    writeFileSync(descriptors, shopDescriptors())
    const engine = await capture({ interfaces: [{ name: 'tap8', workers: 2 }], descriptorFiles: [descriptors] })
    await engine.until(isUp)
    const [code] = (await once(launched('far', scripts.h2Client, ['20', '10.9.8.1']), 'exit')) as [number | null]
    expect(code).toBe(0)
    const seen = await engine.stopAfter(40)
    expect(exchangesOf(seen)).toEqual({ '10.9.8.1 GET /users/{userId} 200': 20, '10.9.8.1 POST /shop.Orders/Put 200': 20 })
    const call = seen.document.services[0]?.endpoints.find(({ kind }) => kind === 'grpc')
    expect(call?.dataClasses.map(({ class: name, in: place, path }) => `${name} ${place} ${path}`)).toEqual(['email response $.customerEmail'])
    expect(brokenIdentities(seen.document)).toEqual([])
  })

  it('keeps a flow of a tunnel on one worker', async () => {
    network?.pair(1)
    network?.tunnel(1)
    await serve()
    const [one, two] = await Promise.all([capture({ interfaces: [{ name: 'tap1' }] }), capture({ interfaces: [{ name: 'tap1', workers: 4 }] })])
    await Promise.all([one, two].map((engine) => engine.until(isUp)))
    await ask(200, '10.10.1.1')
    const ended = await Promise.all([one, two].map((engine) => engine.stopAfter(200)))
    for (const seen of ended) expect(groups(seen)['tcp']?.['midstreamFlows']).toBe(0)
    expect(timeless(ended[1])).toEqual(timeless(ended[0]))
  })

  it('waits for interfaces that go away, and captures from several', async () => {
    network?.pair(2)
    await serve()
    const engine = await capture({ interfaces: [{ name: 'tap2', workers: 2 }, { name: 'tap3' }] })
    await engine.until(({ interfaces }) => interfaces[0]?.state === 'up' && interfaces[1]?.state === 'missing')
    await ask(3, '10.9.2.1')
    network?.pair(3)
    await engine.until(isUp)
    await ask(3, '10.9.2.1', '10.9.3.1')
    await engine.until(hasExchanges(9))
    network?.ip('near', 'link set tap2 down')
    await engine.until(({ interfaces }) => interfaces[0]?.state === 'down')
    network?.ip('near', 'link set tap2 up')
    await engine.until(isUp)
    await ask(3, '10.9.2.1')
    await engine.until(hasExchanges(12))
    network?.ip('near', 'link del tap2')
    await engine.until(({ interfaces }) => interfaces[0]?.state === 'missing')
    network?.pair(2)
    await engine.until(isUp)
    await ask(3, '10.9.2.1')
    const { document, interfaces } = await engine.stopAfter(15)
    expect(document.services.map(({ name, exchanges }) => [name, exchanges])).toEqual([
      ['10.9.2.1', 12],
      ['10.9.3.1', 3],
    ])
    expect(interfaces.map(({ name, opened, workers }) => [name, opened, workers])).toEqual([
      ['tap2', 2, 2],
      ['tap3', 1, 1],
    ])
  })

  it('does not wait for JavaScript', async () => {
    network?.pair(4)
    await serve()
    const engine = await capture({ interfaces: [{ name: 'tap4', ringBytes: 2 << 20 }], flushMs: 10 })
    await engine.until(isUp)
    engine.tell({ kind: 'stall', stallMs: 3000 })
    await ask(2500, '10.9.4.1')
    const seen = await engine.stopAfter(2500)
    expect(seen.interfaces[0]?.kernelDropped).toBe(0)
    expect(brokenIdentities(seen.document)).toEqual([])
    const { http, limits } = groups(seen)
    expect(http?.['exchangesSeen']).toBe((http?.['exchanges'] ?? 0) + (limits?.['exchangesShed'] ?? 0))
  })

  it('says what is wrong with what it is asked', async () => {
    const lo = { name: 'lo' }
    expect(await failure({ interfaces: [] })).toMatch(/^CONFIG: live capture takes 1 to 64 interfaces/)
    expect(await failure({ interfaces: [lo, lo] })).toMatch(/^CONFIG: interface lo is named twice/)
    expect(await failure({ interfaces: [lo], flushMs: 1 })).toMatch(/^CONFIG: .* 10 to 60000 ms/)
    expect(await failure({ interfaces: [{ ...lo, filter: 'tcp prot 80' }] })).toMatch(/^CONFIG: packet filter.*(syntax|libpcap)/)
    if (!has('setpriv')) return console.log('skipped: there is no setpriv')
    const lacking = await failure({ interfaces: [lo] }, ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'])
    expect(lacking).toMatch(/^RUNTIME: .*CAP_NET_RAW.*setpriv .*AmbientCapabilities=CAP_NET_RAW.*--cap-add NET_RAW/)
    const enough = ['setpriv', '--bounding-set', '-all,+net_raw', '--inh-caps', '-all,+net_raw']
    expect(await failure({ interfaces: [lo] }, enough)).toBe('ready')
  })
})

describe.skipIf(!canDrop())('privileges', () => {
  it('are dropped in every thread but for CAP_NET_RAW, by the same process', async () => {
    const child = spawn(process.execPath, [fileURLToPath(scripts.privileges), 'two words', '--flag'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const piece of child.stdout) output += String(piece)
    const { pid, capabilities, words } = JSON.parse(output) as { pid: number; capabilities: string[]; words: string[] }
    expect({ pid, words }).toEqual({ pid: child.pid, words: ['two words', '--flag'] })
    expect(capabilities.length).toBeGreaterThan(1)
    expect([...new Set(capabilities)]).toEqual(['0000000000002000'])
  })
})

/** None where the system has no namespaces for us; it says why. */
function opened(): Network | null {
  try {
    return new Network()
  } catch (error) {
    console.log(`skipped: live capture needs network namespaces: ${String(error).split('\n').join(' ')}`)
    return null
  }
}

/** Whether there is something to drop, and CAP_SETPCAP and CAP_NET_RAW to do it with. */
function canDrop(): boolean {
  const effective = process.platform === 'linux' ? BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`) : 0n
  const needed = (1n << 8n) | (1n << 13n)
  if ((effective & needed) === needed) return true
  console.log('skipped: dropping privileges needs CAP_SETPCAP and CAP_NET_RAW')
  return false
}

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Starts a script and waits for its first word. */
async function started(side: Side, script: URL, parameters: readonly string[], before: readonly string[] = []): Promise<Answer> {
  const child = launched(side, script, parameters, before)
  const [answer] = (await Promise.race([once(child, 'message'), died(child)])) as [Answer]
  return answer
}

function launched(side: Side, script: URL, parameters: readonly string[], before: readonly string[] = []): ChildProcess {
  if (network === null) throw new Error('there is no network')
  const child = network.start(side, script, parameters, before)
  children.push(child)
  return child
}

/** Rejects when a script ends; whoever waits for its answer races with it. */
function died(child: ChildProcess): Promise<never> {
  const death = once(child, 'exit').then(([code]) => {
    throw new Error(`a script ended with code ${String(code)} before it answered`)
  })
  // Nobody may be waiting any more.
  death.catch(() => {})
  return death
}

/** Why a live run does not start; `ready` where it does. */
async function failure(options: LiveOrder, before: readonly string[] = []): Promise<string> {
  const answer = await started('near', scripts.engine, [JSON.stringify(options)], before)
  return answer.kind === 'failed' ? `${answer.code}: ${answer.message}` : answer.kind
}

async function serve(): Promise<void> {
  await started('near', scripts.server, [])
}

/** Sends so many requests to each address, and waits until all are answered. */
async function ask(count: number, ...authorities: readonly string[]): Promise<void> {
  const [code] = (await once(launched('far', scripts.client, [String(count), ...authorities]), 'exit')) as [number | null]
  expect(code).toBe(0)
}

/** A live run in a process of its own. */
interface Engine {
  /** Looks until what it has seen is as expected. */
  until(isExpected: (seen: Seen) => boolean): Promise<void>
  /** Looks until it has seen so many exchanges, then stops it; what it has seen in the end. */
  stopAfter(exchanges: number): Promise<Seen>
  tell(order: Order): void
}

async function capture(options: LiveOrder): Promise<Engine> {
  const child = launched('near', scripts.engine, [JSON.stringify(options)])
  const death = died(child)
  const answered = async (): Promise<Answer> => ((await Promise.race([once(child, 'message'), death])) as [Answer])[0]
  const asked = async (order: Order): Promise<Seen> => {
    const answer = answered()
    child.send(order)
    const seen = await answer
    if (seen.kind === 'ready' || seen.kind === 'failed') throw new Error(JSON.stringify(seen))
    return seen
  }
  const until = async (isExpected: (seen: Seen) => boolean): Promise<void> => {
    const deadline = Date.now() + patienceMs
    for (let seen = await asked({ kind: 'look' }); !isExpected(seen); seen = await asked({ kind: 'look' })) {
      if (Date.now() > deadline) throw new Error(`waited in vain: ${JSON.stringify([seen.interfaces, exchangesOf(seen), seen.document.visibility])}`)
      await setTimeout(50)
    }
  }
  expect(await answered()).toEqual({ kind: 'ready' })
  return {
    until,
    tell: (order) => child.send(order),
    stopAfter: async (exchanges) => {
      await until(hasExchanges(exchanges))
      return asked({ kind: 'stop' })
    },
  }
}

function isUp({ interfaces }: Seen): boolean {
  return interfaces.every(({ state }) => state === 'up')
}

function hasExchanges(exchanges: number): (seen: Seen) => boolean {
  return ({ document }) => document.services.reduce((sum, service) => sum + service.exchanges, 0) >= exchanges
}

function groups({ document }: Seen): Readonly<Record<string, Readonly<Record<string, number>> | undefined>> {
  return document.visibility as unknown as Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Exchanges by service, method, template and status. */
function exchangesOf({ document }: Seen): Record<string, number> {
  const rows = document.services.flatMap(({ name, endpoints }) =>
    endpoints.flatMap(({ method, template, statuses }) =>
      Object.entries(statuses).map(([status, count]) => [`${name} ${method} ${template} ${status}`, count]),
    ),
  )
  return Object.fromEntries(rows) as Record<string, number>
}

/** The services without what depends on when exactly the kernel looked at its clock, which each ring does for itself. */
function timeless(seen: Seen | undefined): unknown {
  const times = new Set(['latencyMs', 'firstSeen', 'lastSeen'])
  return JSON.parse(JSON.stringify(seen?.document.services, (key, value: unknown) => (times.has(key) ? undefined : value)))
}
