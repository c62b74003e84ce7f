import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameOf, pcapOf, segmentsOf, type Packet, type Segment } from '../traffic/capture_writer.ts'
import { conversation, type Conversation, type Turn } from '../traffic/conversation.ts'
import { exchangesOf, inventoryOf } from '../traffic/engine.ts'
import { Random } from '../traffic/random.ts'

let folder = ''
let files = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const seed = fc.integer({ min: 0, max: 0xffff })

describe('laws of captures', () => {
  it('segments split at any byte give the same exchanges', async () => {
    await fc.assert(
      fc.asyncProperty(seed, seed, fc.constantFrom(1, 3, 20, 200, 1460), async (traffic, cuts, longest) => {
        const random = new Random(cuts)
        const split = merged(flowsOf(traffic, () => 1 + random.below(longest)))
        expect(await exchangesIn(split)).toEqual(await exchangesIn(merged(flowsOf(traffic, whole))))
      }),
      { numRuns: 40 },
    )
  })

  it('segments of a message in any order give the same exchanges', async () => {
    await fc.assert(
      fc.asyncProperty(seed, seed, async (traffic, order) => {
        const random = new Random(order)
        const flows = flowsOf(traffic, () => 1 + random.below(120))
        const reordered = flows.map((flow) => ({ ...flow, segments: withinTurns(flow.segments, (turn) => random.shuffled(turn)) }))
        expect(await exchangesIn(merged(reordered))).toEqual(await exchangesIn(merged(flows)))
      }),
      { numRuns: 40 },
    )
  })

  it('a packet some places earlier or later changes no pair', async () => {
    await fc.assert(
      fc.asyncProperty(seed, seed, fc.integer({ min: -5, max: 5 }), async (traffic, order, places) => {
        const random = new Random(order)
        const flows = flowsOf(traffic, () => 1 + random.below(700))
        const moved = flows.map((flow) => ({ ...flow, segments: withOneMoved(flow.segments, random, places) }))
        expect(await pairsIn(merged(moved))).toEqual(await pairsIn(merged(flows)))
      }),
      { numRuns: 150 },
    )
  })

  it('a lost packet pairs nothing with the wrong message', async () => {
    await fc.assert(
      fc.asyncProperty(seed, fc.boolean(), fc.integer({ min: 1, max: 3 }), async (order, isPipelined, losses) => {
        const random = new Random(order)
        const segments = segmentsOf(numbered(30, isPipelined ? 3 : 1), () => 1 + random.below(300))
        const packets = (kept: readonly Segment[]): readonly Packet[] => merged([{ clientPort: 20_000, segments: kept }])
        const right = await answersIn(packets(segments))
        const lost = new Set(Array.from({ length: losses }, () => random.pick(segments.slice(3))))
        const seen = await answersIn(packets(segments.filter((segment) => !lost.has(segment))))
        expect(right.size).toBe(30)
        for (const [asked, answered] of seen) expect(answered).toBe(right.get(asked))
        if (!isPipelined) expect(seen.size).toBeGreaterThanOrEqual(30 - 3 * losses)
      }),
      { numRuns: 150 },
    )
  })

  it('segments sent again, in other pieces and late, give the same exchanges', async () => {
    await fc.assert(
      fc.asyncProperty(seed, seed, async (traffic, order) => {
        const random = new Random(order)
        const flows = flowsOf(traffic, () => 1 + random.below(300))
        const repeated = flows.map((flow) => ({
          ...flow,
          segments: flow.segments.flatMap((segment, index) => {
            const before = flow.segments.slice(Math.max(0, index - 5), index + 1).filter((old) => old.payload.length > 0 && old.from === segment.from)
            return random.once(3) && before.length > 0 ? [segment, pieceOf(random.pick(before), random)] : [segment]
          }),
        }))
        expect(await exchangesIn(merged(repeated))).toEqual(await exchangesIn(merged(flows)))
      }),
      { numRuns: 40 },
    )
  })

  it('every packet twice gives the same inventory', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (traffic) => {
        const packets = merged(flowsOf(traffic, () => 700))
        const once = await inventoryOf([written(packets)])
        const twice = await inventoryOf([written(packets.flatMap((packet) => [packet, packet]))])
        expect(twice.result.services).toEqual(once.result.services)
        expect(twice.result.visibility.http).toEqual(once.result.visibility.http)
        expect(twice.result.visibility.packets['read']).toBe(packets.length * 2)
      }),
      { numRuns: 20 },
    )
  })

  it('the number of workers changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (traffic) => {
        const file = written(merged(flowsOf(traffic, () => 500)))
        const [one, two, eight] = [await documentIn([file], 1), await documentIn([file], 2), await documentIn([file], 8)]
        expect(two).toBe(one)
        expect(eight).toBe(one)
      }),
      { numRuns: 20 },
    )
  })

  it('one file, or its packets in several files in any order of arguments, give the same inventory', async () => {
    await fc.assert(
      fc.asyncProperty(seed, seed, fc.integer({ min: 2, max: 5 }), fc.boolean(), async (traffic, order, count, inRuns) => {
        const random = new Random(order)
        const packets = merged(flowsOf(traffic, () => 500))
        const parts = Array.from({ length: count }, (): Packet[] => [])
        for (const [index, packet] of packets.entries()) {
          const part = inRuns ? Math.floor((index * count) / packets.length) : random.below(count)
          parts[part]?.push(packet)
        }
        const split = random.shuffled(parts).map(written)
        expect(await documentIn(split, 2)).toBe(await documentIn([written(packets)], 1))
      }),
      { numRuns: 20 },
    )
  })
})

interface Flow {
  readonly clientPort: number
  readonly segments: readonly Segment[]
}

function flowsOf(traffic: number, lengthOf: () => number): readonly Flow[] {
  const random = new Random(traffic)
  return Array.from({ length: 1 + random.below(6) }, (_, index) => {
    const clientPort = 20_000 + index
    return { clientPort, segments: segmentsOf(conversation(random, clientPort), lengthOf) }
  })
}

function whole(): number {
  return 1460
}

/** The packets of all flows in turn, each at its own time. */
function merged(flows: readonly Flow[]): readonly Packet[] {
  const longest = Math.max(...flows.map(({ segments }) => segments.length))
  const order = Array.from({ length: longest }, (_, index) =>
    flows.flatMap(({ clientPort, segments }) => segments.slice(index, index + 1).map((segment) => frameOf(segment, clientPort))),
  ).flat()
  return order.map((bytes, index) => ({ timeUs: 1_767_600_000_000_000 + index * 1000, bytes }))
}

/** The segments with what carries a turn's payload put in another order. */
function withinTurns(segments: readonly Segment[], reorder: (turn: readonly Segment[]) => readonly Segment[]): readonly Segment[] {
  const turns = new Map<number, readonly Segment[]>()
  for (const { turn } of segments) {
    if (turn !== null && !turns.has(turn)) turns.set(turn, reorder(segments.filter((segment) => segment.turn === turn)))
  }
  const taken = new Map<number, number>()
  return segments.map((segment) => {
    if (segment.turn === null) return segment
    const index = taken.get(segment.turn) ?? 0
    taken.set(segment.turn, index + 1)
    return turns.get(segment.turn)?.[index] ?? segment
  })
}

/** The segments with one so many places later, or earlier; the handshake stays first, since it says where the streams begin. */
function withOneMoved(segments: readonly Segment[], random: Random, places: number): readonly Segment[] {
  const handshake = 3
  const index = handshake + random.below(segments.length - handshake)
  const moved = segments.toSpliced(index, 1)
  const to = Math.min(Math.max(index + places, handshake), moved.length)
  return moved.toSpliced(to, 0, ...segments.slice(index, index + 1))
}

/** A part of a segment, as a retransmission with other borders has it. */
function pieceOf(segment: Segment, random: Random): Segment {
  const from = random.below(segment.payload.length)
  const payload = segment.payload.subarray(from, from + 1 + random.below(segment.payload.length - from))
  return { ...segment, sequence: (segment.sequence + from) >>> 0, payload }
}

function written(packets: readonly Packet[]): string {
  const file = join(folder, `${(files += 1)}.pcap`)
  writeFileSync(file, pcapOf(packets))
  return file
}

/** What does not depend on when packets came: lines are numbered by that. */
async function exchangesIn(packets: readonly Packet[]): Promise<readonly string[]> {
  const { result } = await exchangesOf([written(packets)])
  return result.map(({ flow, request, response, weirds }) => JSON.stringify([flow, part(request), part(response), weirds])).toSorted()
}

/** Who was answered what. */
async function pairsIn(packets: readonly Packet[]): Promise<readonly string[]> {
  const { result } = await exchangesOf([written(packets)])
  return result.map(({ flow, request, response }) => JSON.stringify([flow, part(request), part(response)])).toSorted()
}

/** Requests that can be told apart, as many in flight as `depth`, with their responses. */
function numbered(count: number, depth: number): Conversation {
  const turns: Turn[] = []
  for (let first = 0; first < count; first += depth) {
    const numbers = Array.from({ length: Math.min(depth, count - first) }, (_, index) => first + index)
    const requests = numbers.map((number) => `POST /items/${number} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 7\r\n\r\n{"a":1}`)
    const responses = numbers.map((number) => `HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"number":${number + 1000}}`)
    turns.push({ from: 'client', bytes: Buffer.from(requests.join('')) }, { from: 'server', bytes: Buffer.from(responses.join('')) })
  }
  return { clientPort: 20_000, turns, exchanges: [] }
}

/** Digests of targets, each with that of the body that answered it. */
async function answersIn(packets: readonly Packet[]): Promise<ReadonlyMap<string, string>> {
  const { result } = await exchangesOf([written(packets)])
  return new Map(
    result.flatMap(({ request, response }): (readonly [string, string])[] => {
      const [asked, answered] = [request?.targetSha ?? null, response?.bodySha ?? null]
      return asked === null || answered === null ? [] : [[asked, answered]]
    }),
  )
}

function part(message: object | null): unknown {
  return message && { ...message, ts: null }
}

async function documentIn(inputs: readonly string[], workers: number): Promise<string> {
  return JSON.stringify((await inventoryOf(inputs, workers)).result)
}
