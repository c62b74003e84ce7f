import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

import { describe, expect, it, onTestFinished } from 'vitest'

import { syslogSource } from '../../src/source/syslog.ts'
import { certificates } from './certificates.ts'
import { memorySink } from './memory_sink.ts'
import { engine, receiving, until } from './receiving.ts'

const line = '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/7 HTTP/1.1" 200 3 "-" "curl/8"'
const message = `<190>Sep 21 14:00:00 edge nginx: ${line}`
const counted = `${Buffer.byteLength(message)} ${message}`

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function send(port: number, ...datagrams: readonly string[]): Promise<void> {
  const socket = createSocket('udp4')
  for (const datagram of datagrams) await new Promise<void>((resolve) => socket.send(datagram, port, '127.0.0.1', () => resolve()))
  // Sending alone never lets the event loop turn to what has arrived.
  await sleep(1)
  socket.close()
}

describe('syslog over UDP', () => {
  it('takes each datagram for one message, and names what is no line', async () => {
    const { port, counts, lines, sink } = await receiving('udp')
    await send(
      port,
      message,
      `<13>1 2026-09-21T14:00:00Z edge app 7 - - a.example:80 ${line}`,
      `<86>Sep 21 14:00:00 edge sshd[1]: Accepted`,
      '<13>1 half',
      `${line}\n`,
    )
    await lines(5)
    expect(counts()).toMatchObject({
      'datagrams': 5,
      'datagramsDropped': 0,
      'lines': 5,
      'exchanges': 3,
      'rejectedBy.not_format': 1,
      'rejectedBy.syslog_bad': 1,
    })
    // The host of a header wrote the line; it is no service.
    expect(sink.services()).toEqual(['a.example', 'unknown (syslog)'])
  })

  it.each(['127.0.0.1', '::1'])('counts what the kernel drops while nobody reads, sent to %s', async (host) => {
    const { port, counts, lines } = await receiving('udp', { listen: { host, port: 0 } })
    const sent = 30_000
    const script = `const socket = require('node:dgram').createSocket('${host.includes(':') ? 'udp6' : 'udp4'}')
      let left = ${sent}
      const next = () => (left-- > 0 ? socket.send(Buffer.alloc(1000, 'x'), ${port}, '${host}', next) : socket.close())
      next()`
    // Nothing is read until that has ended.
    execFileSync(process.execPath, ['-e', script])
    await lines(1)
    await until(() => (counts()['datagrams'] ?? 0) + (counts()['datagramsDropped'] ?? 0) === sent)
    expect(counts()['datagrams']).toBeGreaterThan(0)
  })

  it('drops by count where the store has no room, and goes on when it has', async () => {
    const { port, counts, lines, sink } = await receiving('udp', { host: 'shop.example.com' })
    const makeRoom = sink.fill()
    onTestFinished(makeRoom)
    const large = `${message} "${'x'.repeat(20_000)}"`
    // Until the queue is full.
    for (let sent = 0; sent < 5000 && counts()['datagramsDropped'] === 0; sent += 50) await send(port, ...Array.from({ length: 50 }, () => large))
    expect(counts()['datagramsDropped']).toBeGreaterThan(0)
    makeRoom()
    const heard = counts()['datagrams'] ?? 0
    await lines(heard)
    expect(counts()['lines']).toBe(counts()['datagrams'])
    await send(port, message)
    await until(() => (counts()['lines'] ?? 0) > heard)
    expect(sink.services()).toEqual(['shop.example.com'])
  })
})

describe('syslog over TCP', () => {
  it('tells frames by line feed and by octet count, however they are cut', async () => {
    const { port, counts, lines } = await receiving('tcp')
    const socket = await connected(port)
    const stream = Buffer.from(`${message}\n${counted}${counted}${message}\r\n${counted}\n${message}\n`)
    for (let at = 0; at < stream.length; at += 37) {
      socket.write(stream.subarray(at, at + 37))
      await sleep(0)
    }
    await lines(6)
    expect(counts()).toMatchObject({ connections: 1, lines: 6, exchanges: 6 })
  })

  it('keeps connections apart, and takes what one has when it ends', async () => {
    const { port, counts, lines } = await receiving('tcp')
    const sockets = [await connected(port), await connected(port), await connected(port)]
    for (const socket of sockets) socket.write(message.slice(0, 50))
    for (const socket of sockets) socket.write(message.slice(50))
    sockets[0]?.write('\n')
    await lines(1)
    expect(counts()).toMatchObject({ lines: 1 })
    sockets[1]?.end()
    sockets[2]?.write(`\n${counted.slice(0, 90)}`)
    await lines(3)
    sockets[2]?.destroy()
    await lines(4)
    expect(counts()).toMatchObject({ 'connections': 3, 'exchanges': 3, 'rejectedBy.line_cut': 1 })
  })

  it('holds no more of hostile bytes than a frame, names them, and reads on', async () => {
    const { port, counts, lines } = await receiving('tcp')
    const socket = await connected(port)
    socket.write(`99999999999999999999 x\n0 \n12x\n9999999 `)
    socket.write(Buffer.alloc(9_999_999, 'x'))
    socket.write(counted)
    socket.write(Buffer.alloc(200_000, 'y'))
    socket.write(`\n${message}\n`)
    await lines(7)
    expect(counts()).toMatchObject({ 'exchanges': 2, 'rejectedBy.syslog_count_bad': 3, 'rejectedBy.line_too_long': 2 })
  })

  it('refuses connections beyond its bound, and takes new ones when others end', async () => {
    const { port, counts, lines } = await receiving('tcp')
    const flood = await Promise.all(Array.from({ length: 300 }, () => connected(port)))
    await until(() => (counts()['connectionsRefused'] ?? 0) === 44)
    for (const socket of flood) socket.destroy()
    let socket = await connected(port)
    while ((counts()['lines'] ?? 0) === 0) {
      if (socket.destroyed) socket = await connected(port)
      if (socket.writable) socket.write(`${message}\n`)
      await sleep(20)
    }
    await lines(1)
    expect(counts()['connections']).toBeGreaterThan(256)
  })

  it('reads no faster than the store keeps, and loses nothing of it', async () => {
    const { port, counts, lines, sink } = await receiving('tcp')
    const makeRoom = sink.fill()
    onTestFinished(makeRoom)
    const socket = await connected(port)
    const total = 200_000
    const piece = `${message}\n`.repeat(1000)
    for (let sent = 0; sent < total; sent += 1000) socket.write(piece)
    // Neither side moves any more: what was not taken waits in the sender.
    let before = -1
    while (before !== socket.bytesWritten - socket.writableLength || before === 0) {
      before = socket.bytesWritten - socket.writableLength
      await sleep(400)
    }
    expect(socket.writableLength).toBeGreaterThan(0)
    expect(counts()['lines'] ?? 0).toBeLessThan(total)
    makeRoom()
    await lines(total)
    expect(sink.exchanges()).toBe(total)
  })

  it('keeps what was sent before it stops', async () => {
    const { port, counts, sink, stop } = await receiving('tcp')
    const socket = await connected(port)
    socket.write(`${message}\n`.repeat(5000))
    await until(() => (counts()['connections'] ?? 0) === 1)
    await stop()
    expect(sink.exchanges()).toBe(5000)
  })
})

describe('syslog over TLS', () => {
  it('reads what comes under its certificate, and counts handshakes that fail', async () => {
    const { certFile, keyFile, ca } = certificates()
    const { port, counts, lines } = await receiving('tls', { tls: { certFile, keyFile } })
    const socket = connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    socket.write(counted.repeat(2))
    const plain = await connected(port)
    plain.write(`${message}\n`)
    await lines(2)
    await until(() => counts()['handshakesFailed'] === 1)
    expect(counts()).toMatchObject({ connections: 2, lines: 2, exchanges: 2 })
  })

  it('asks for a certificate where an authority is given', async () => {
    const { certFile, keyFile, caFile, ca, client } = certificates()
    const { port, counts, lines } = await receiving('tls', { tls: { certFile, keyFile, caFile } })
    const stranger = connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' })
    stranger.on('error', () => undefined)
    stranger.write(counted)
    await new Promise((resolve) => stranger.on('close', resolve))
    const known = connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost', ...client })
    onTestFinished(() => void known.destroy())
    known.write(counted)
    await lines(1)
    expect(counts()).toMatchObject({ connections: 2, lines: 1, exchanges: 1, handshakesFailed: 1 })
  })

  it('says which file is missing or no certificate', async () => {
    const { keyFile } = certificates()
    await expect(receiving('tls', { tls: { certFile: '/nowhere/cert.pem', keyFile } })).rejects.toThrow('/nowhere/cert.pem: no such file')
    await expect(receiving('tls', { tls: { certFile: import.meta.filename, keyFile } })).rejects.toThrow(
      /syslog cannot be received on 127\.0\.0\.1:0 \(tls\): the certificate, its key or/,
    )
  })
})

describe('an address that cannot be listened on', () => {
  it('is named, for each protocol', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const source = syslogSource({ listen: { host: '127.0.0.1', port } }, engine)
    await expect(source.run(memorySink(), new AbortController().signal)).rejects.toThrow(
      `syslog cannot be received on 127.0.0.1:${port} (tcp): another program listens there`,
    )
    // The socket that was open already is closed again.
    const udp = createSocket('udp4').bind(port, '127.0.0.1')
    await once(udp, 'listening')
    udp.close()
    const elsewhere = syslogSource({ listen: { host: '192.0.2.1', port }, protocol: 'udp' }, engine)
    await expect(elsewhere.run(memorySink(), new AbortController().signal)).rejects.toThrow('(udp): this machine does not have the address')
  })
})
