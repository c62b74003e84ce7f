// Writes the seeds of the fuzz targets: small inputs that reach every layer, made here and nowhere else. `node tools/fuzz_seeds.mjs` is deterministic.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

const folder = fileURLToPath(new URL('../native/fuzz/seeds', import.meta.url))
rmSync(folder, { recursive: true, force: true })

const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))))
const be16 = (number) => bytes((number >> 8) & 255, number & 255)
const be32 = (number) => bytes(be16(number >>> 16), be16(number & 0xffff))
const le16 = (number) => bytes(number & 255, (number >> 8) & 255)
const le32 = (number) => bytes(le16(number & 0xffff), le16(number >>> 16))

// --- packets -------------------------------------------------------------------------------------------------------------------------

const [syn, fin, rst, ack, push] = [2, 1, 4, 16, 24]
const client = { address: [10, 0, 0, 1], port: 40_000 }
const server = { address: [10, 0, 0, 2], port: 80 }

const tcp = (from, to, sequence, acknowledged, flags, payload = '') =>
  bytes(be16(from.port), be16(to.port), be32(sequence), be32(acknowledged), 0x50, flags, be16(8192), be16(0), be16(0), payload)
const ipv4 = (from, to, protocol, payload, { id = 1, fragment = 0 } = {}) =>
  bytes(0x45, 0, be16(20 + payload.length), be16(id), be16(fragment), 64, protocol, be16(0), from.address, to.address, payload)
const ipv6 = (next, payload) => bytes(0x60, 0, 0, 0, be16(payload.length), next, 64, Array(15).fill(0), 1, Array(15).fill(0), 2, payload)
const ethernet = (type, payload) => bytes([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1], be16(type), payload)
const request = 'GET /users/7 HTTP/1.1\r\nHost: a.example\r\n\r\n'
const response = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"id":7}'

/** The segments of one connection. */
function connection() {
  return [
    tcp(client, server, 100, 0, syn),
    tcp(server, client, 900, 101, syn | ack),
    tcp(client, server, 101, 901, push, request),
    tcp(server, client, 901, 101 + request.length, push, response),
    tcp(client, server, 101 + request.length, 901 + response.length, fin | ack),
    tcp(server, client, 901 + response.length, 102 + request.length, fin | ack),
  ]
}
const sides = (index) => (index % 2 === 0 ? [client, server] : [server, client])
const overIpv4 = connection().map((segment, index) => ipv4(...sides(index), 6, segment))

/** A record as the target `packet` takes it. */
const record = (frame, { cut = false, step = 1 } = {}) => bytes(le16(frame.length | (cut ? 0x1000 : 0) | (step << 13)), frame)
const records = (link, frames) => bytes(link, ...frames.map((frame) => record(frame)))
const udp = (port, payload) => bytes(be16(5000), be16(port), be16(8 + payload.length), be16(0), payload)
const tunnel = (wrap) => overIpv4.map((packet) => ethernet(0x0800, wrap(packet)))
const inUdp = (port, header) => tunnel((packet) => ipv4(client, server, 17, udp(port, bytes(header, ethernet(0x0800, packet)))))

const frames = overIpv4.map((packet) => ethernet(0x0800, packet))
seed('packet', 'ethernet', records(0, frames))
seed('packet', 'small_bounds', records(0x40, [...frames, ...frames]))
seed(
  'packet',
  'out_of_order',
  records(
    0,
    [0, 1, 3, 2, 5, 4].map((index) => frames[index]),
  ),
)
seed(
  'packet',
  'hole',
  bytes(
    records(
      0,
      [0, 1, 3].map((index) => frames[index]),
    ),
    ...Array.from({ length: 6 }, (_, index) =>
      record(ethernet(0x0800, ipv4(client, server, 6, tcp(client, server, 300 + index, 901 + response.length, ack, 'x')))),
    ),
  ),
)
seed(
  'packet',
  'overlap',
  records(0, [...frames.slice(0, 3), ethernet(0x0800, ipv4(client, server, 6, tcp(client, server, 120, 901, push, 'CONFLICTS'))), frames[3]]),
)
seed(
  'packet',
  'reset',
  records(0, [...frames.slice(0, 4), ethernet(0x0800, ipv4(server, client, 6, tcp(server, client, 901 + response.length, 0, rst))), frames[4]]),
)
seed(
  'packet',
  'wrap',
  records(
    0,
    [0xfffffff0, 0xfffffff8, 0, 8].map((sequence) => ethernet(0x0800, ipv4(client, server, 6, tcp(client, server, sequence, 1, push, '01234567')))),
  ),
)
seed(
  'packet',
  'reuse',
  bytes(
    records(0, frames),
    record(ethernet(0x0800, ipv4(client, server, 6, tcp(client, server, 70_000, 0, syn))), { step: 4 }),
    record(ethernet(0x0800, ipv4(client, server, 6, tcp(client, server, 70_001, 1, push, request)))),
  ),
)
seed('packet', 'idle_and_cut', bytes(records(0, frames.slice(0, 3)), record(frames[3], { step: 5 }), record(frames[4].subarray(0, 40), { cut: true })))
seed(
  'packet',
  'vlan',
  records(
    0,
    overIpv4.map((packet) => ethernet(0x8100, bytes(be16(7), be16(0x88a8), be16(8), be16(0x0800), packet))),
  ),
)
seed(
  'packet',
  'ipv6',
  records(
    0,
    connection().map((segment) => ethernet(0x86dd, ipv6(0, bytes(6, 0, 1, 4, 0, 0, 0, 0, segment)))),
  ),
)
seed(
  'packet',
  'fragments',
  records(
    0,
    fragments().map((packet) => ethernet(0x0800, packet)),
  ),
)
seed(
  'packet',
  'snap',
  records(
    0,
    overIpv4.map((packet) => ethernet(packet.length + 8, bytes([0xaa, 0xaa, 3, 0, 0, 0], be16(0x0800), packet))),
  ),
)
seed(
  'packet',
  'loopback',
  records(
    1,
    overIpv4.map((packet) => bytes(le32(2), packet)),
  ),
)
seed('packet', 'raw', records(3, overIpv4))
seed(
  'packet',
  'sll',
  records(
    8,
    overIpv4.map((packet) => bytes(be16(0), be16(1), be16(6), Array(8).fill(0), be16(0x0800), packet)),
  ),
)
seed(
  'packet',
  'sll2',
  records(
    12,
    overIpv4.map((packet) => bytes(be16(0x0800), be16(0), be32(1), be16(1), 0, 6, Array(8).fill(0), packet)),
  ),
)
seed(
  'packet',
  'ppp',
  records(
    2,
    overIpv4.map((packet) => bytes(0xff, 3, be16(0x21), packet)),
  ),
)
seed(
  'packet',
  'hdlc',
  records(
    6,
    overIpv4.map((packet) => bytes(0x0f, 0, be16(0x0800), packet)),
  ),
)
seed(
  'packet',
  'nflog',
  records(
    11,
    overIpv4.map((packet) => bytes(2, 0, be16(0), le16(4 + packet.length), le16(9), packet)),
  ),
)
seed(
  'packet',
  'mpls',
  records(
    0,
    overIpv4.map((packet) => ethernet(0x8847, bytes(be32(0x10_00), be32(0x11_40 | 0x100), packet))),
  ),
)
seed(
  'packet',
  'pppoe',
  records(
    0,
    overIpv4.map((packet) => ethernet(0x8864, bytes(0x11, 0, be16(1), be16(2 + packet.length), be16(0x21), packet))),
  ),
)
seed(
  'packet',
  'gre',
  records(
    0,
    tunnel((packet) => ipv4(client, server, 47, bytes(be16(0x2000), be16(0x0800), be32(7), packet))),
  ),
)
seed(
  'packet',
  'ip_in_ip',
  records(
    0,
    tunnel((packet) => ipv4(client, server, 4, packet)),
  ),
)
seed('packet', 'vxlan', records(0, inUdp(4789, bytes(8, 0, 0, 0, be32(42 << 8)))))
seed('packet', 'geneve', records(0, inUdp(6081, bytes(0, 0, be16(0x6558), be32(42 << 8)))))
seed(
  'packet',
  'erspan',
  records(
    0,
    tunnel((packet) => ipv4(client, server, 47, bytes(be16(0x1000), be16(0x88be), be32(1), be16(0x1001), be16(1), be32(0), ethernet(0x0800, packet)))),
  ),
)
seed(
  'packet',
  'gtp',
  records(
    0,
    tunnel((packet) => ipv4(client, server, 17, udp(2152, bytes(0x30, 0xff, be16(packet.length), be32(1), packet)))),
  ),
)

/** One datagram in three pieces, the last first. */
function fragments() {
  const segment = tcp(client, server, 101, 901, push, request)
  const cuts = [0, 24, 48, segment.length]
  const pieces = [0, 1, 2].map((index) =>
    ipv4(client, server, 6, segment.subarray(cuts[index], cuts[index + 1]), { fragment: (cuts[index] / 8) | (index < 2 ? 0x2000 : 0) }),
  )
  return [overIpv4[0], overIpv4[1], pieces[2], pieces[0], pieces[1], overIpv4[3]]
}

const snap = bytes(0xaa, 0xaa, 3, 0, 0, 0, be16(0x0800))
const wireless = overIpv4.map((packet) => bytes(0x88, 1, Array(24).fill(0), snap, packet))
seed('packet', 'wlan', records(13, wireless))
seed(
  'packet',
  'radiotap',
  records(
    14,
    wireless.map((frame) => bytes(0, 0, le16(8), le32(0), frame)),
  ),
)
seed('packet', 'tzsp', records(0, inUdp(37_008, bytes(1, 0, be16(1), 10, 1, 7, 1))))
seed(
  'packet',
  'l2tp_3',
  records(
    0,
    tunnel((packet) => ipv4(client, server, 115, bytes(be32(9), be32(7), ethernet(0x0800, packet)))),
  ),
)
seed(
  'packet',
  'copies',
  records(
    0,
    frames.flatMap((frame) => [frame, frame]),
  ),
)

// --- captures ------------------------------------------------------------------------------------------------------------------------

function pcap({ big = false, magic = 0xa1b2c3d4, link = 1 } = {}) {
  const [u16, u32] = big ? [be16, be32] : [le16, le32]
  const header = bytes(u32(magic), u16(2), u16(4), u32(0), u32(0), u32(65_535), u32(link))
  return bytes(header, ...frames.map((frame, index) => bytes(u32(1_700_000_000), u32(index * 1000), u32(frame.length), u32(frame.length), frame)))
}
const padded = (text) => bytes(text, Array((4 - (Buffer.from(text).length % 4)) % 4).fill(0))
const option = (code, value) => bytes(le16(code), le16(Buffer.from(value).length), padded(value))
const block = (type, body) => bytes(le32(type), le32(12 + body.length), body, le32(12 + body.length))
const section = block(0x0a0d0d0a, bytes(le32(0x1a2b3c4d), le16(1), le16(0), le32(0xffffffff), le32(0xffffffff), option(3, 'seeds'), option(0, '')))
const networkInterface = block(1, bytes(le16(1), le16(0), le32(0), option(9, [9]), option(14, [1, 0, 0, 0, 0, 0, 0, 0]), option(0, '')))
const enhanced = (frame, index) => block(6, bytes(le32(0), le32(0x17979cfe), le32(index * 1000), le32(frame.length), le32(frame.length), padded(frame)))
const pcapng = bytes(
  section,
  networkInterface,
  ...frames.map(enhanced),
  block(3, bytes(le32(frames[0].length), padded(frames[0]))),
  block(4, bytes(le16(1), le16(12), [10, 0, 0, 2], padded('a.example'), le32(0))),
  block(5, bytes(le32(0), le32(0), le32(0), option(4, [6, 0, 0, 0, 0, 0, 0, 0]), option(0, ''))),
  block(10, bytes(le32(0x544c534b), le32(16), 'CLIENT_RANDOM 00')),
  block(0x0bad, bytes(le32(1), le32(2))),
)
const captures = {
  pcap: pcap(),
  pcap_big_endian: pcap({ big: true }),
  pcap_nanoseconds: pcap({ magic: 0xa1b23c4d }),
  pcap_modified: bytes(le32(0xa1b2cd34), pcap().subarray(4)),
  pcap_cut: pcap().subarray(0, 200),
  pcapng,
  pcapng_two_sections: bytes(pcapng, pcapng),
  pcapng_bad_length: bytes(section, networkInterface, le32(6), le32(0xfffffff0), ...frames.map(enhanced)),
  pcap_gzip: gzipSync(pcap()),
  pcapng_zstd: zstdCompressSync(pcapng),
}
for (const [name, capture] of Object.entries(captures)) seed('capture', name, capture)

// --- HTTP/1 --------------------------------------------------------------------------------------------------------------------------

const gap = (length) => bytes(0xff, 'GAP', length)
const requests = {
  simple: request,
  pipelined: `${request}${request}`,
  body: 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n',
  chunked: 'PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x="y"\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n',
  both_lengths: 'POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
  folded: 'GET / HTTP/1.1\nHost : a\n x\n\tb\nCookie: a=b; c=d\n\n',
  absolute: 'GET http://a.example:8080/x?y=1 HTTP/1.1\r\n\r\n',
  connect: 'CONNECT a.example:443 HTTP/1.1\r\n\r\n\x16\x03\x01',
  simple_09: 'GET /old\r\n',
  upgrade: 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x01a',
  gap_in_body: bytes('POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\nabc', gap(16), 'GET / HTTP/1.1\r\n\r\n'),
  gap_in_head: bytes('GET / HTTP/1.1\r\nHost: a', gap(9), 'garbage\r\nGET /b HTTP/1.1\r\nHost: b\r\n\r\n'),
}
const responses = {
  simple: response,
  no_length: 'HTTP/1.0 200 OK\r\n\r\nto the end',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n00\r\n\r\n',
  continued: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
  bare_status: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\nICY 200 OK\r\n\r\n',
  bad_chunk: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nHTTP/1.1 500 Oops\r\nContent-Length: 1\r\n\r\nx',
  many_lengths: 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhello',
  gap_in_chunks: bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nabc', gap(20), '123456789012\r\n0\r\n\r\n'),
}
for (const [name, stream] of Object.entries(requests)) seed('http1', `request_${name}`, bytes(0, 3, stream))
for (const [name, stream] of Object.entries(requests)) seed('http1', `midstream_${name}`, bytes(3, 0, stream))
for (const [name, stream] of Object.entries(responses)) seed('http1', `response_${name}`, bytes(8, 5, stream))
seed('http1', 'response_to_head', bytes(8 | 16, 1, responses.simple))
seed('http1', 'response_to_connect', bytes(8 | 32, 1, responses.simple))
seed('http1', 'response_without_head', bytes(8 | 64, 1, 'plain old bytes'))

// --- HTTP/2 --------------------------------------------------------------------------------------------------------------------------

const frame = (kind, flags, stream, payload = '') => bytes(be32(payload.length).subarray(1), kind, flags, be32(stream), payload)
const preface = bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', frame(4, 0, 0, bytes(be16(5), be32(20_000), be16(1), be32(0))))
/** A literal that the table keeps. */
const kept = (name, value) => bytes(0x40, name.length, name, value.length, value)
const asking = bytes(0x83, 0x86, 0x84, kept('host', 'a.example'), kept('x-long', 'v'.repeat(90)))
const blocks = {
  static: bytes(0x82, 0x86, 0x84, 0x81),
  kept_and_named: bytes(kept('a', '1'), kept('b', '2'), 0xbe, 0xbf),
  huffman: bytes(0x41, 0x8c, Buffer.from('f1e3c2e5f23a6ba0ab90f4ff', 'hex')),
  resized: bytes(0x20, 0x3f, 0xe1, 0x1f, kept('a', '1')),
  never_kept: bytes(0x10, 1, 'a', 1, 'b', 0x0f, 0x08, 1, 'c'),
  wrong: bytes(0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
}
for (const [name, block] of Object.entries(blocks)) {
  seed('hpack', name, bytes(0, block.length, block, block.length, block))
  seed('hpack', `lost_${name}`, bytes(1, block.length, block))
}
const http2 = {
  prior_knowledge: bytes(preface, frame(1, 5, 1, asking), frame(1, 4, 3, asking), frame(0, 1, 3, '{"id":7}')),
  answers: bytes(frame(4, 0, 0), frame(1, 4, 1, bytes(0x88)), frame(0, 9, 1, bytes(2, 'hi', 0, 0)), frame(1, 5, 1, kept('grpc-status', '0'))),
  continued: bytes(frame(1, 1, 1, asking.subarray(0, 9)), frame(9, 0, 1), frame(9, 4, 1, asking.subarray(9))),
  padded: bytes(frame(1, 0x2d, 1, bytes(1, be32(0), 9, asking, 0)), frame(2, 0, 1, bytes(be32(0), 1))),
  promised: bytes(frame(5, 12, 1, bytes(1, be32(2), asking, 0)), frame(3, 0, 1, be32(8)), frame(7, 0, 0, bytes(be32(1), be32(0)))),
  gap_in_data: bytes(frame(0, 1, 1, bytes('abc', gap(20), 'defg')), frame(1, 5, 3, asking)),
  gap_over_frames: bytes(frame(1, 5, 1, asking), gap(200), 'tail', frame(1, 5, 5, asking), frame(0, 1, 7, 'x')),
  not_lawful: bytes(frame(6, 0, 0, 'short'), frame(1, 5, 1, asking), frame(8, 0, 1, be32(9))),
}
for (const [name, stream] of Object.entries(http2)) for (const how of [0, 1]) seed('http2', `${how === 0 ? '' : 'midstream_'}${name}`, bytes(how, 5, stream))

// --- codings -------------------------------------------------------------------------------------------------------------------------

const text = Buffer.from('{"items":[{"id":1,"name":"one"},{"id":2,"name":"two"}],"next":null}'.repeat(4))
const coded = {
  gzip: [0, gzipSync(text)],
  deflate: [1, deflateSync(text)],
  deflate_raw: [1, deflateRawSync(text)],
  brotli: [2, brotliCompressSync(text)],
  zstd: [3, zstdCompressSync(text)],
}
for (const [name, [coding, body]] of Object.entries(coded)) seed('coding', name, bytes(coding, 7, body))
seed('coding', 'gzip_twice', bytes(0x66, 3, gzipSync(gzipSync(text))))
seed('coding', 'gzip_cut', bytes(0, 1, gzipSync(text).subarray(0, 30)))
seed('coding', 'gzip_members', bytes(0, 200, gzipSync(text), gzipSync(text)))
// Found by the target: damage behind what the decoder still held back.
seed(
  'coding',
  'brotli_damaged',
  Buffer.from(
    'AhsLAQf4rY930p9hFCnScTRri8bhS5G28E5ze6NROn3F0tUiMTJbi8ytwu5apOytVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVFRUVE5ze6NROn3F0tUielRUVENDQ1RUVFRUVFRUVFRUVFRUVFStj3fSn2EU0tUiMjJbBMytwu5apOysL2zAAaaDMTJbi8ytBQDC7lRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVE5ze6NROn3F0tUielRUVENDQ1RUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVFRUVE5ze6NROn3F0tUielRUVENDQ1RUVFRUVFRUVFRUVFRUVFStj3fSn2EU0tUiMjJbBMytwu5apOysL2zAAaaDMTJbi1RUVFStj3fSn2EU0tUiMTJbBMytwu5apOysL2zAAaaDMTJbi8ytBQDC7lRUVFRUVFRUVFRUFFRUVFRUVFRUVFRUVFRUVFRUFFRUVFRUVFRUVFRUVFRUVFRUECo1wfQ1mfWDCw==',
    'base64',
  ),
)
seed('coding', 'bomb', bytes(0, 255, gzipSync(Buffer.alloc(2 << 20))))

// --- bodies and values ---------------------------------------------------------------------------------------------------------------

const bodies = {
  json: [0, '{"id":7,"mail":"ada@example.com","tags":["a","b",null,1.5e3,true],"nested":{"card":"4111 1111 1111 1111","when":"2024-02-29T10:00:00Z"}}'],
  events: [1, 'event: a\ndata: {"id":1}\ndata: {"id":2}\n\n: no data\r\n\r\ndata: text\r\rdata: {"cut":'],
  json_escapes: [0, '{"\\u0061\\ud83d\\ude00":"\\n\\u00e9","":[[],{},[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}'],
  json_numbers: [0, '[0,-0,1e999,-1.0E-5,123456789012345678901234567890,01,1.,.5]'],
  json_cut: [8, '{"a":{"b":["c'],
  json_small_bounds: [0x40, '{"a":1,"b":2,"c":3,"d":4,"e":{"f":{"g":{"h":[1,2,3]}}}}'],
  ndjson: [2, '{"a":1}\n{"a":"x"}\n\n[1]\n'],
  form: [3, 'a=1&b=%20x+y&c[]=1&c[]=2&d&=&%zz'],
  multipart: [
    4,
    'multipart/form-data; boundary="--b"\n----b\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n----b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n----b--\r\n',
  ],
  xml: [5, '<?xml version="1.0"?><!DOCTYPE a><soap:Envelope xmlns:soap="x"><a b="c">1<![CDATA[<x>]]><!-- y --><d/></a></soap:Envelope>'],
  text: [6, ' [1,2,3]'],
}
for (const [name, [how, body]] of Object.entries(bodies)) seed('digest', name, bytes(how, body))

const calls = {
  plain: bytes(0, 2, 0, 0, 0, 0, 5, 8, 150, 1, 18, 0, 0, 0, 0, 0, 4, 10, 2, 0x68, 0x69),
  nested: bytes(0, 255, 0, 0, 0, 0, 14, 18, 12, 10, 10, '0123456789', 0, 0, 0, 0, 10, 9, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 13),
  compressed: bytes(4, 0, 1, 0, 0, 0, 2, 0x1f, 0x8b, 0, 0, 0, 0, 9, 8),
  json: bytes(2, 7, 0, 0, 0, 0, 8, '{"id":7}', 0x80, 0, 0, 0, 14, 'grpc-status:5\n'),
  text: bytes(1, 3, 'AAAAAANhYmMBAAAAAmRlAAAAAACAAAAAIGdycGMtc3RhdHVzOiA1DQpncnBjLW1lc3NhZ2U6eA0K'),
}
for (const [name, input] of Object.entries(calls)) seed('grpc', name, input)

const values = {
  path: 'path\n/users/123/orders/3f2b8a44-9d3c-4f6e-8a7b-0d9c1e2f3a4b/ada%40example.com/2024-01-31.json;v=1?q=1&mail=a%40b.co',
  absolute: '\nhttp://user:secret@a.example:8080/v1/things:verb#fragment',
  deep: `\n${'/a'.repeat(40)}`,
  basic: 'authorization\nBasic dXNlcjpwYXNz',
  jwt: 'authorization\nBearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSIsImF1ZCI6WyJiIl0sImV4cCI6MX0.c2ln',
  cookie: 'a=1; session="x y"\nb=2;c; =3',
  card: 'card_number\n4111-1111-1111-1111',
  iban: 'iban\nDE89 3704 0044 0532 0130 00',
  ssn: 'ssn\n078-05-1120',
  phone: 'phone\n+44 20 7946 0958',
  address: 'ip\n2001:db8::1',
  key: 'key\nAKIAIOSFODNN7EXAMPLE',
  assignment: 'log\npassword=hunter2 token: abcdefghijklmnop',
  agent: 'user-agent\nMozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120 Safari/537.36',
  number: 'lat\n-51.5074',
}
for (const [name, value] of Object.entries(values)) seed('values', name, value)

// --- logs ----------------------------------------------------------------------------------------------------------------------------

const combined = '192.0.2.1 - ada [10/Oct/2000:13:55:36 -0700] "GET /a/1?b=2 HTTP/1.1" 200 2326 "https://a.example/" "curl/8.0"'
const entry = JSON.stringify({
  startedDateTime: '2000-10-10T20:55:36.250Z',
  time: 12.5,
  request: {
    method: 'POST',
    url: 'https://a.example/x?y=1',
    headers: [{ name: 'Accept', value: '*/*' }],
    postData: { mimeType: 'application/json', text: '{"a":[1]}' },
  },
  response: {
    status: 200,
    headers: [{ name: 'Content-Type', value: 'image/png' }],
    content: { size: 3, mimeType: 'image/png', text: 'AAEC', encoding: 'base64' },
  },
})
const har = `{"log":{"version":"1.2","creator":{"name":"x"},"entries":[${entry},{},7,${entry}],"pages":[]}}`
const exchange = JSON.stringify({
  id: 'x',
  ts: 1_700_000_000_000,
  host: 'a.example',
  method: 'PUT',
  path: '/a/1',
  query: 'b=c',
  status: 201,
  reqHeaders: { accept: ['a', 'b'] },
  reqBody: { a: 1 },
  resBodyBase64: 'AAEC',
  client: '192.0.2.1',
  durationMs: 1.5,
})
const logs = {
  combined: `${combined}\n${combined.replace('GET', '\\x16\\x03')}\n`,
  common: '192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 304 -\n',
  vcombined: `a.example:443 ${combined}\n# comment\n\n`,
  escapes: '::1 - - [29/Feb/2024:00:00:00 +0000] "GET /a\\"b\\x20c HTTP/1.1" 400 0 "-" "\\"x\\""\n',
  json_nginx:
    '{"time_iso8601":"2024-01-31T10:00:00+00:00","request_method":"GET","request_uri":"/a?b=1","status":"200","host":"a.example","http_user_agent":"x","request_time":"0.005"}\n',
  json_nested: '{"request":{"method":"GET","uri":"/a","host":"a.example","headers":{"User-Agent":["x"]}},"status":200,"ts":1700000000.5,"duration":0.01}\n',
  exchange: `${exchange}\n{"method":"GET","path":"/"}\n{"method":7}\n`,
}
for (const [name, lines] of Object.entries(logs)) seed('log_line', name, lines)
// The first lines of each format's cases; of a custom one behind its template.
const cases = fileURLToPath(new URL('../native/logs/tests/formats', import.meta.url))
for (const file of readdirSync(cases).toSorted()) {
  const lines = readFileSync(join(cases, file), 'latin1').split('\n')
  const template = lines.filter((line) => line.startsWith('; template: ')).map((line) => line.slice('; template: '.length))
  const samples = lines.filter((line) => line !== '' && !line.startsWith('; ') && !line.startsWith('=> '))
  seed('log_line', basename(file, '.cases'), Buffer.from([...template, ...samples.slice(0, 12), ''].join('\n'), 'latin1'))
}
const line = '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /a HTTP/1.1" 200 3 "-" "curl/8"'
const ofNginx = `<190>Sep 21 14:00:00 edge nginx: ${line}`
const ofLogger = String.raw`<13>1 2026-09-21T14:00:00.5+02:00 edge app 7 - [t tz="\"\]"][o] ` + line
seed('syslog', 'lines', bytes(6, `${ofNginx}\n${ofLogger}\r\n\n`, 0, ofNginx))
seed('syslog', 'counted', bytes(40, ...[ofNginx, ofLogger, `<0>1 - - - - - - @cee: {}`].map((message) => `${message.length} ${message}\n`)))
seed('syslog', 'counts_bad', bytes(3, `0 <1>a\n99999999 x\n70000 ${'x'.repeat(70)}\n12x\n4 <1>a200 <1>b`))
seed(
  'syslog',
  'headers',
  bytes(255, ['<34>1 a b', '<192>x', 'Oct  1 2026 14:00:00.1 h t [7]: x', '2026-09-21T14:00:00Z h {"a": 1}', '<9>45: *Mar 1'].join('\n')),
)
const exported = fileURLToPath(new URL('../native/logs/tests/otlp', import.meta.url))
for (const [signal, how] of [
  ['traces', 0],
  ['logs', 1],
]) {
  seed('otlp', `${signal}_protobuf`, bytes(how, readFileSync(join(exported, `${signal}.pb`))))
  seed('otlp', `${signal}_json`, bytes(how | 2, JSON.stringify(JSON.parse(readFileSync(join(exported, `${signal}.json`), 'utf8')))))
}
seed('har', 'whole', bytes(3, har))
seed('har', 'cut', bytes(100, har.slice(0, -200)))
seed('har', 'spaced', bytes(0, JSON.stringify(JSON.parse(har), null, 2)))
seed('har', 'no_log', bytes(9, '{"entries":[{}],"log":{"entries":{}}}'))

// --- TLS, and the whole engine -------------------------------------------------------------------------------------------------------

const name = bytes(be16(0), be16(14), be16(12), 0, be16(9), 'a.example')
const hello = bytes(be16(0x0303), Array(32).fill(7), 0, be16(2), be16(0x1301), 1, 0, be16(name.length + 7), name, be16(16), be16(3), be16(1), 0)
const handshake = bytes(1, 0, be16(hello.length), hello)
const tlsRecord = (body) => bytes(0x16, be16(0x0301), be16(body.length), body)
// A key log, then pieces behind a byte that parts them and one that names their side; the byte that parts them cuts pieces that hold it.
const tlsPieces = (keys, pieces) => {
  const parts = [Buffer.from(keys)]
  for (const [side, piece] of pieces) for (const part of piece.toString('latin1').split('\xfe')) parts.push(bytes(0xfe, side, Buffer.from(part, 'latin1')))
  return Buffer.concat(parts)
}
seed('tls', 'hello', tlsPieces('', [[0, tlsRecord(handshake)]]))
seed('tls', 'hello_in_two_records', tlsPieces('', [[0, bytes(tlsRecord(handshake.subarray(0, 20)), tlsRecord(handshake.subarray(20)))]]))
seed('tls', 'alert', tlsPieces('', [[1, bytes(0x15, be16(0x0301), be16(2), 2, 40)]]))
const recordings = join(folder, '../../tls/tests/exchanges')
for (const file of readdirSync(recordings)) {
  const lines = readFileSync(join(recordings, file), 'utf8').split('\n')
  const keys = lines.filter((line) => line.startsWith('K ')).map((line) => `${line.slice(2)}\n`)
  const pieces = lines.filter((line) => /^[CS] /u.test(line)).map((line) => [line.startsWith('C') ? 0 : 1, Buffer.from(line.slice(2), 'hex')])
  seed('tls', file.replace('.txt', ''), tlsPieces(keys.join(''), pieces))
}

const inputs = { ...captures, ...Object.fromEntries(Object.entries(logs).map(([own, lines]) => [`log_${own}`, lines])), har }
for (const [own, input] of Object.entries(inputs)) {
  seed('engine', own, bytes(0x0a, input))
  if (own === 'pcap' || own === 'log_exchange') seed('engine', `${own}_exchanges`, bytes(5, input))
}
seed('engine', 'pcap_tls', bytes(2, pcapOf([tcp(client, server, 1, 1, push, tlsRecord(handshake))])))
seed(
  'engine',
  'pcap_bodies',
  bytes(
    2,
    pcapOf(
      Object.values(bodies).map(([, body], index) =>
        tcp(
          { ...client, port: 50_000 + index },
          server,
          1,
          1,
          push,
          `POST /b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        ),
      ),
    ),
  ),
)
seed(
  'engine',
  'pcap_gzip_body',
  bytes(
    2,
    pcapOf([
      tcp(client, server, 1, 1, push, request),
      tcp(
        server,
        client,
        1,
        1 + request.length,
        push,
        bytes(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync(text).length}\r\n\r\n`,
          gzipSync(text),
        ),
      ),
    ]),
  ),
)

// --- frames of WebSocket -------------------------------------------------------------------------------------------------------------

const mask = [0x37, 0xfa, 0x21, 0x3d]
const masked = (first, text) =>
  bytes(
    first,
    0x80 | text.length,
    mask,
    [...Buffer.from(text)].map((byte, at) => byte ^ mask[at % 4]),
  )
const plain = (first, text) => bytes(first, text.length, text)
const said = ['{"id":1}', '{"id":22}', '{"id":333}']
const raw = (text) => deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4)
seed('websocket', 'client', bytes(1, 3, 9, ...said.map((text) => masked(0x81, text)), masked(0x88, '\u0003\u0004bye')))
seed('websocket', 'server', bytes(0, 200, 10, ...said.map((text) => plain(0x81, text)), 0x82, 126, be16(200), Array(200).fill(7)))
seed('websocket', 'fragments', bytes(0, 1, 0, plain(0x01, '{"a'), plain(0x89, 'ping'), plain(0x00, '":'), plain(0x80, '1}')))
seed('websocket', 'compressed', bytes(2, 6, 0, ...said.map((text) => plain(0xc1, raw(text)))))
seed('websocket', 'takes_over', bytes(6, 6, 0, 0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0xc1, 5, 0xf2, 0, 0x11, 0, 0))
seed('websocket', 'long', bytes(0, 99, 3, 0x82, 127, be32(0), be32(70_000), Array(100).fill(1)))

function pcapOf(segments) {
  const packets = segments.map((segment) =>
    ethernet(0x0800, segment.readUInt16BE(0) === server.port ? ipv4(server, client, 6, segment) : ipv4(client, server, 6, segment)),
  )
  return bytes(
    pcap().subarray(0, 24),
    ...packets.map((frame, index) => bytes(le32(1_700_000_000), le32(index * 1000), le32(frame.length), le32(frame.length), frame)),
  )
}

function seed(target, own, input) {
  mkdirSync(join(folder, target), { recursive: true })
  writeFileSync(join(folder, target, own), input)
}
