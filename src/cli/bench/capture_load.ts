import { flag, segment, writeCapture, type Peer } from './capture_file.ts'
import { seeded, type Between } from './random.ts'
import type { LoadExchange } from './traffic.ts'

/** What a written capture holds. */
export interface CaptureLoad {
  readonly bytes: number
  readonly packets: number
  readonly exchanges: number
}

/** Makes the next exchange of a connection, the first of which is number 0. */
export type NextExchange = (between: Between, number: number) => LoadExchange

/**
 * Writes a capture of at least `bytesMin` bytes to `path`: `connectionsAtOnce` connections whose packets are mixed, each of up to 20 exchanges from
 * SYN to FIN; of a thousand messages eight have segments swapped, four one that is sent again. The same bytes for the same arguments.
 */
export function writeCaptureLoad(path: string, bytesMin: number, connectionsAtOnce: number, next: NextExchange): CaptureLoad {
  const between = seeded(1)
  const capture = writeCapture(path)
  let [opened, exchanges] = [0, 0]
  const open = (): Connection => {
    opened += 1
    const count = between(1, 20)
    exchanges += count
    return {
      frames: connectionFrames(
        opened,
        Array.from({ length: count }, (_, number) => next(between, number)),
        between,
      ),
      at: 0,
    }
  }
  const connections = Array.from({ length: connectionsAtOnce }, open)
  while (connections.length > 0) {
    const slot = between(0, connections.length - 1)
    const connection = connections[slot]
    if (connection === undefined) break
    // A flight of packets at a time, as they come from a wire.
    for (let flight = between(1, 12); flight > 0 && connection.at < connection.frames.length; flight -= 1) {
      capture.add(connection.frames[connection.at] ?? Buffer.alloc(0))
      connection.at += 1
    }
    if (connection.at < connection.frames.length) continue
    if (capture.bytes < bytesMin) connections[slot] = open()
    else connections.splice(slot, 1)
  }
  capture.close()
  return { bytes: capture.bytes, packets: capture.packets, exchanges }
}

interface Connection {
  readonly frames: readonly Buffer[]
  /** The next frame. */
  at: number
}

const segmentBytesMax = 1448

function connectionFrames(connection: number, exchanges: readonly LoadExchange[], between: Between): Buffer[] {
  const client = { address: [198, 51, 100, 1 + (connection % 250)], port: 10_000 + (connection % 50_000), next: between(0, 0xffff_ffff) }
  const server = { address: [10, 0, 0, 1 + (connection % 6)], port: 80, next: between(0, 0xffff_ffff) }
  const frames: Buffer[] = []
  const send = (from: Peer, to: Peer, flags: number, payload?: Buffer): void => {
    frames.push(segment(from, to, flags, payload))
  }
  const sendAll = (from: Peer, to: Peer, bytes: Buffer): void => {
    const first = frames.length
    for (let offset = 0; offset < bytes.length; offset += segmentBytesMax)
      send(from, to, flag.ack | flag.push, bytes.subarray(offset, offset + segmentBytesMax))
    // Only segments of one message change places: those of two directions cannot on one wire.
    const [last, before] = [frames.at(-1), frames.at(-2)]
    const chance = between(0, 249)
    if (last === undefined || before === undefined) return
    if (chance === 0) frames.push(last)
    else if (chance <= 2 && frames.length - first >= 2) frames.splice(-2, 2, last, before)
  }
  send(client, server, flag.syn)
  send(server, client, flag.syn | flag.ack)
  send(client, server, flag.ack)
  for (const { request, response } of exchanges) {
    sendAll(client, server, request)
    sendAll(server, client, response)
    send(client, server, flag.ack)
  }
  send(client, server, flag.ack | flag.fin)
  send(server, client, flag.ack | flag.fin)
  send(client, server, flag.ack)
  return frames
}
