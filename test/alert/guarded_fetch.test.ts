import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test } from 'vitest'

import { addressGuard } from '../../src/alert/addresses.ts'
import { guardedFetch, type GuardOptions } from '../../src/alert/guarded_fetch.ts'
import { openReceiver, type Receiver, type ReceiverAnswer } from './receiver.ts'

const loopback = addressGuard(['127.0.0.0/8', '::1'], '')

function fetched(url: string, options: Partial<GuardOptions> = {}, signal: AbortSignal = new AbortController().signal) {
  return guardedFetch({ mayReach: loopback, proxy: null, timeoutMs: 10_000, answerBytesMax: 1_000, ...options })(
    { method: 'POST', url, headers: {}, body: '{}' },
    signal,
  )
}

const open: Receiver[] = []
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close()
})

async function receiverOf(answer: ReceiverAnswer): Promise<Receiver> {
  const receiver = await openReceiver(() => answer)
  open.push(receiver)
  return receiver
}

const closed = [
  '127.0.0.1',
  '127.1.2.3',
  '0.0.0.0',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.100.100.200',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
  '[::1]',
  'localhost',
  '',
]
const reachable = ['1.1.1.1', '172.32.0.1', '11.0.0.1', '169.255.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101', '[2606:4700::1111]']

test.each(closed)('%s may not be reached', (address) => expect(addressGuard([], '')(address)).toBe(false))
test.each(reachable)('%s may be reached', (address) => expect(addressGuard([], '')(address)).toBe(true))

test('what is allowed may be reached, and no more', () => {
  const guard = addressGuard(['10.0.0.0/8', '127.0.0.1', 'fd00::/8'], '')
  expect(['10.9.9.9', '127.0.0.1', '127.0.0.2', 'fd00::1', 'fe80::1', '::ffff:10.0.0.1'].map(guard)).toEqual([true, true, false, true, false, true])
})

test.each(['10.0.0.0/33', 'example.com', '10.0.0.0/x', '::/129', ''])('%j is refused as a network', (network) => {
  expect(() => addressGuard([network], 'alerts.allowedNetworks')).toThrow(/alerts\.allowedNetworks: .* is no network; write it as 10\.0\.0\.0\/8/)
})

test('an address that is written out, and one that a name leads to, are looked at before anything is sent', async () => {
  const receiver = await receiverOf({ status: 200, body: 'ok' })
  const mayReach = addressGuard([], '')
  const spellings = ['127.0.0.1', '2130706433', '0x7f.1', '127.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]']
  for (const host of spellings)
    await expect(fetched(`http://${host}:${receiver.port}/x`, { mayReach })).rejects.toThrow(
      /of this machine or its networks; where alerts may go there, name its network in alerts\.allowedNetworks/,
    )
  expect(receiver.received).toEqual([])
  expect(await fetched(`http://localhost:${receiver.port}/x`)).toMatchObject({ status: 200, body: 'ok' })
})

test('redirects are answers like others', async () => {
  const target = await receiverOf({ status: 200 })
  const receiver = await receiverOf({ status: 307, headers: { location: target.url } })
  expect(await fetched(receiver.url)).toMatchObject({ status: 307 })
  expect(target.received).toEqual([])
})

test('an answer that is too long is cut, one that never ends too', async () => {
  const receiver = await receiverOf({ status: 200, body: Buffer.alloc(5_000_000, 'x') })
  expect((await fetched(receiver.url)).body).toHaveLength(1_000)
  const endless = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const more = (): void => {
      while (!socket.destroyed && socket.write('400\r\n' + 'y'.repeat(1024) + '\r\n'));
    }
    socket.on('drain', more)
    more()
  })
  endless.listen(0, '127.0.0.1')
  await once(endless, 'listening')
  onTestFinished(() => void endless.close())
  expect((await fetched(`http://127.0.0.1:${(endless.address() as AddressInfo).port}`)).body).toBe('y'.repeat(1_000))
})

test('floods of header fields and what is no HTTP are failures without a word of them', async () => {
  for (const text of [`HTTP/1.1 200 OK\r\n${'x: secret\r\n'.repeat(10_000)}\r\n`, 'secret secret\r\n\r\n']) {
    const liar = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end(text)
    })
    liar.listen(0, '127.0.0.1')
    await once(liar, 'listening')
    const thrown: unknown = await fetched(`http://127.0.0.1:${(liar.address() as AddressInfo).port}/path-secret`).catch((reason: unknown) => reason)
    liar.close()
    expect(thrown).toMatchObject({ code: 'OUTPUT' })
    expect(String(thrown)).not.toContain('secret')
  }
})

/** A server that answers this to whatever it is sent. */
async function liar(text: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => void socket.end(text))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}

const odd: ReadonlyArray<readonly [name: string, text: string]> = [
  ['promises without end', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(1_000)],
  ['less than it said', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok'],
]
test.each(odd)('who answers with %s has answered nothing, and holds nobody', async (_, text) => {
  const { port, close } = await liar(text)
  onTestFinished(close)
  await expect(fetched(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'OUTPUT' })
})

const failures: ReadonlyArray<readonly [name: string, url: (port: number) => string, message: RegExp]> = [
  ['a port where nothing listens', (port) => `http://127.0.0.1:${port}/services/secret?token=secret`, /^127\.0\.0\.1: nothing listens there$/],
  ['a name that does not exist', () => 'http://nowhere.invalid/secret', /^nowhere\.invalid: (there is no such name|names cannot be looked up at the moment)$/],
  ['what is no URL', () => 'secret', /^the address to send to is no URL of http or https$/],
  ['a file', () => 'file:///etc/secret', /^the address to send to is no URL of http or https$/],
]

test.each(failures)('%s is named, without the rest of the address', async (_, url, message) => {
  const receiver = await receiverOf({ status: 200 })
  const address = url(receiver.port)
  await receiver.close()
  const thrown: unknown = await fetched(address).catch((reason: unknown) => reason)
  expect(thrown).toMatchObject({ code: 'OUTPUT', message: expect.stringMatching(message) })
  expect(JSON.stringify(thrown)).not.toContain('secret')
})

test('who goes over to another protocol has answered, and holds nobody', async () => {
  const { port, close } = await liar('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
  onTestFinished(close)
  expect(await fetched(`http://127.0.0.1:${port}`)).toMatchObject({ status: 101, body: '' })
})

test('silence ends with the deadline, and with the signal of who asked', async () => {
  const receiver = await receiverOf({ status: 200, isSilent: true })
  await expect(fetched(receiver.url, { timeoutMs: 100 })).rejects.toThrow('127.0.0.1: there is no answer within 0.1 s')
  const asking = new AbortController()
  const asked = fetched(receiver.url, {}, asking.signal)
  asking.abort()
  await expect(asked).rejects.toMatchObject({ code: 'OUTPUT' })
})

test('an answer that comes byte by byte ends with the deadline too', async () => {
  const drips = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
    const dripping = setInterval(() => socket.write('y'), 20)
    socket.on('close', () => clearInterval(dripping))
  })
  drips.listen(0, '127.0.0.1')
  await once(drips, 'listening')
  onTestFinished(() => void drips.close())
  const asked = fetched(`http://127.0.0.1:${(drips.address() as AddressInfo).port}`, { timeoutMs: 300, answerBytesMax: 1_000_000 })
  await expect(asked).rejects.toThrow('127.0.0.1: there is no answer within 0.3 s')
})

test('a proxy is asked for plain and for encrypted addresses, and looks names up itself', async () => {
  const asked: string[] = []
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (chunk: Buffer) => {
      const [line = ''] = chunk.toString('latin1').split('\r\n')
      asked.push(line)
      socket.end(line.startsWith('CONNECT') ? 'HTTP/1.1 403 Forbidden\r\n\r\n' : 'HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  const by = { proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, mayReach: addressGuard([], '') }
  expect(await fetched('http://hooks.invalid/x', by)).toMatchObject({ status: 204 })
  await expect(fetched('https://hooks.invalid/x', by)).rejects.toMatchObject({ code: 'OUTPUT' })
  expect(asked).toEqual(['POST http://hooks.invalid/x HTTP/1.1', 'CONNECT hooks.invalid:443 HTTP/1.1'])
  await expect(fetched('http://169.254.169.254/x', by)).rejects.toThrow(/allowedNetworks/)
})
