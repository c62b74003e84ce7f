import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'
import { pcapOf, frameOf, segmentsOf } from '../traffic/capture_writer.ts'
import { conversation } from '../traffic/conversation.ts'
import type { Random } from '../traffic/random.ts'
import type { ChaosInput } from './chaos_input.ts'

/** A folder of captures that grow byte by byte, are rotated and renamed, compressed, and copied, which counts nothing twice. */
export function chaosCaptures(folder: string, random: Random): ChaosInput {
  const path = join(folder, 'captures')
  const aside = join(folder, 'aside')
  let exchanges = 0
  let made = 0
  let whole: Buffer = Buffer.alloc(0)
  let writtenBytes = 0
  const over: string[] = []
  mkdirSync(path)
  mkdirSync(aside)

  const current = (): string => join(path, `eth0-${String(made).padStart(4, '0')}.pcap`)

  async function begin(): Promise<void> {
    made += 1
    writtenBytes = 0
    whole = captured(random, made)
    const file = join(aside, 'whole.pcap')
    writeFileSync(file, whole)
    const { visibility } = JSON.parse((await run(['scan', file, '--format', 'json'])).out) as InventoryDocument
    exchanges += visibility.http['exchanges'] ?? 0
  }

  function grow(bytes: number): void {
    const piece = whole.subarray(writtenBytes, writtenBytes + bytes)
    appendFileSync(current(), piece)
    writtenBytes += piece.length
    if (writtenBytes < whole.length) return
    over.push(current())
    whole = Buffer.alloc(0)
  }

  /** Whole at once, as it is copied by those who know that somebody looks. */
  function place(bytes: Uint8Array, to: string): void {
    writeFileSync(join(aside, 'placed'), bytes)
    renameSync(join(aside, 'placed'), to)
  }

  /** What becomes of files that are over. */
  function tidy(): void {
    const at = random.below(over.length)
    const file = over[at] ?? ''
    const moved = join(path, `old-${made}-${random.below(1e6)}.pcap`)
    if (random.once(3)) place(readFileSync(file), moved)
    else if (random.once(2) || file.endsWith('.gz')) {
      over[at] = file.endsWith('.gz') ? `${moved}.gz` : moved
      renameSync(file, over[at])
    } else {
      place(gzipSync(readFileSync(file)), `${file}.gz`)
      rmSync(file)
      over[at] = `${file}.gz`
    }
  }

  return {
    source: { type: 'pcap', path, follow: true },
    async step() {
      if (over.length > 0 && random.once(8)) return tidy()
      if (whole.length === 0) await begin()
      grow(1 + random.below(random.once(6) ? whole.length : 4_000))
    },
    finish: () => (whole.length === 0 ? undefined : grow(whole.length)),
    exchanges: () => exchanges,
  }
}

/** Some connections of which the packets lie among each other. */
function captured(random: Random, number: number): Buffer {
  const connections = Array.from({ length: 2 + random.below(5) }, (_, at) => {
    const said = conversation(random, 20_000 + ((number * 10 + at) % 40_000))
    return segmentsOf(said, () => 1 + random.below(1_400)).map((segment) => frameOf(segment, said.clientPort))
  })
  const frames: Buffer[] = []
  while (connections.some(({ length }) => length > 0)) {
    const next = random.pick(connections).shift()
    if (next !== undefined) frames.push(next)
  }
  return pcapOf(frames.map((bytes, at) => ({ timeUs: 1_772_442_000_000_000 + number * 60_000_000 + at * 900, bytes })))
}
