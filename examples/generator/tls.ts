import type { Random } from './random.ts'
import type { Turn } from './tcp.ts'

/** A TLS 1.2 conversation about which a tap learns only the server name and the sizes. */
export function tlsTurns(serverName: string, random: Random): Turn[] {
  const opaque = (from: Turn['from'], count: number, thinkUs: number): Turn => ({ from, thinkUs, bytes: record(23, random.bytes(count)) })
  return [
    { from: 'client', thinkUs: 900, bytes: record(22, clientHello(serverName, random)) },
    { from: 'server', thinkUs: 2_000, bytes: record(22, serverHello(random)) },
    opaque('client', 517, 1_500),
    opaque('server', 2_310, 30_000),
    opaque('client', 402, 80_000),
    opaque('server', 6_120, 45_000),
  ]
}

/** RFC 8446 §4.1.2, with the extensions server_name (RFC 6066 §3), supported_groups, signature_algorithms and ALPN. */
function clientHello(serverName: string, random: Random): Uint8Array {
  const name = Buffer.from(serverName)
  const extensions = Buffer.concat([
    extension(0, sized16(Buffer.concat([Buffer.from([0]), sized16(name)]))),
    extension(10, sized16(Buffer.from([0x00, 0x1d, 0x00, 0x17]))),
    extension(13, sized16(Buffer.from([0x04, 0x03, 0x08, 0x04, 0x04, 0x01]))),
    extension(16, sized16(Buffer.concat([sized8(Buffer.from('h2')), sized8(Buffer.from('http/1.1'))]))),
  ])
  const suites = Buffer.from([0x13, 0x01, 0x13, 0x02, 0xc0, 0x2b, 0xc0, 0x2f])
  const body = Buffer.concat([Buffer.from([3, 3]), random.bytes(32), sized8(random.bytes(32)), sized16(suites), sized8(Buffer.from([0])), sized16(extensions)])
  return Buffer.concat([Buffer.from([1, 0]), sized16(body)])
}

function serverHello(random: Random): Uint8Array {
  const body = Buffer.concat([Buffer.from([3, 3]), random.bytes(32), sized8(random.bytes(32)), Buffer.from([0xc0, 0x2f, 0]), sized16(Buffer.alloc(0))])
  return Buffer.concat([Buffer.from([2, 0]), sized16(body)])
}

function record(type: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([type, 3, 3]), sized16(content)])
}

function extension(type: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([type >>> 8, type & 0xff]), sized16(content)])
}

function sized8(content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([content.length]), content])
}

function sized16(content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([content.length >>> 8, content.length & 0xff]), content])
}
