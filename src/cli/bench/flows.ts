import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { flag, segment, writeCapture, type CaptureFile, type Peer } from './capture_file.ts'
import { figuresOf } from './figures.ts'
import { inLoadFolder } from './load_folder.ts'
import { measuredScan } from './measured_scan.ts'

/** What a small packet costs through TCP while so many connections are open; none of them speaks a protocol that is read. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  for (const flows of options.smoke ? [10] : [1000, 10_000, 100_000, 1_000_000]) {
    yield* inLoadFolder(async function* (folder) {
      const input = join(folder, 'load.pcap')
      const capture = writeCapture(input)
      writeFlows(capture, flows, options.smoke ? 100 : 5_000_000)
      const cost = await measuredScan(input, join(folder, 'inventory.json'), options.smoke ? 1 : 2)
      yield {
        case: 'connections open at once',
        flows,
        loadBytes: capture.bytes,
        packets: capture.packets,
        packetsPerCpuSecond: Math.round(capture.packets / cost.cpuSeconds),
        ...figuresOf(cost),
      }
    })
  }
}

/** Opens all connections, then sends small segments on each by turns, `packetsMin` packets in all at least. */
function writeFlows(capture: CaptureFile, flows: number, packetsMin: number): void {
  const sequences = Array.from({ length: 2 }, () => new Uint32Array(flows))
  const send = (flow: number, from: number, flags: number, payload?: Buffer): void => {
    const peer = (side: number): Peer => ({
      address: side === 0 ? [198, 51, (flow >> 8) & 255, flow & 255] : [10, 0, 0, 1 + (flow % 6)],
      port: side === 0 ? 10_000 + (flow >> 16) : 9000,
      next: sequences[side]?.[flow] ?? 0,
    })
    const [sender, receiver] = [peer(from), peer(1 - from)]
    capture.add(segment(sender, receiver, flags, payload))
    const own = sequences[from]
    if (own !== undefined) own[flow] = sender.next
  }
  for (let flow = 0; flow < flows; flow += 1) {
    send(flow, 0, flag.syn)
    send(flow, 1, flag.syn | flag.ack)
    send(flow, 0, flag.ack)
  }
  while (capture.packets < packetsMin) {
    for (let flow = 0; flow < flows; flow += 1) {
      send(flow, 0, flag.ack | flag.push, unread)
      send(flow, 1, flag.ack | flag.push, unread)
    }
  }
  capture.close()
}

const unread = Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8])
