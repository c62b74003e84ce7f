import { appendFileSync, closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { startAsking } from './asking.ts'
import type { BenchLine, BenchOptions } from './benches.ts'
import { launchDaemon, type DaemonProcess } from './daemon_process.ts'
import { estateLoad, type EstateLoad } from './estate_load.ts'
import { inLoadFolder } from './load_folder.ts'
import { seeded, type Between } from './random.ts'

/** The daemon with a large inventory, asked for endpoints at a steady rate while a log grows at one: by this process, in which little else happens meanwhile. */
export async function* apiUnderLoad({ smoke, seconds }: BenchOptions): AsyncIterable<BenchLine> {
  const [services, linesPerSecond, asksPerSecond] = smoke ? [2, 1000, 20] : [500, 50_000, 200]
  const duration = smoke ? 1 : seconds
  yield* inLoadFolder(async function* (folder) {
    const [input, data, planned] = [join(folder, 'access.log'), join(folder, 'data'), join(folder, 'planned.log')]
    const words = ['--file', input, '--data-dir', data]
    const estate = estateLoad(services)
    const between = seeded(5)
    const seeds = writeSeeds(input, estate, between)
    const first = await launchDaemon(words, true)
    await first.until(({ counts }) => (counts['lines'] ?? 0) >= seeds)
    await first.stop()

    const startedMs = performance.now()
    const daemon = await launchDaemon(words, true)
    const startMs = Math.round(performance.now() - startedMs)
    while ((await daemon.metric(endpointsMetric)) < estate.endpoints) await sleep(200)
    const wholeMs = Math.round(performance.now() - startedMs)
    // Made before it counts, so that this process has time to ask.
    writePlanned(planned, estate, between, linesPerSecond, duration)

    const begun = await usageOf(daemon)
    const asking = startAsking(daemon.address, asksPerSecond, duration)
    const feeding = feed(planned, input, linesPerSecond, duration)
    const follower = watch(daemon, feeding.written, duration)
    const [answers, { residentBytesMax, lagSecondsMax }] = await Promise.all([asking.ended, follower])
    const written = await feeding.ended
    const ended = await usageOf(daemon)
    const endedMs = performance.now()
    await daemon.until(({ counts }) => (counts['lines'] ?? 0) >= written)
    const behindSeconds = tenths((performance.now() - endedMs) / 1000)
    const exchanges = (await daemon.source()).counts['exchanges']
    const usage = await daemon.stop()
    yield {
      case: `endpoints, while ${linesPerSecond} lines a second are read`,
      endpoints: estate.endpoints,
      services,
      seconds: duration,
      linesPerSecond: Math.round(written / duration),
      allCounted: exchanges === written,
      lagSecondsMax,
      behindSeconds,
      ...answers,
      cpuSeconds: tenths(ended.cpuSeconds - begun.cpuSeconds),
      residentBytesMax,
      residentBytesPeak: (usage?.residentKib ?? Number.NaN) * 1024,
      loopDelayP99Ms: usage?.loopDelayP99Ms ?? null,
      loopDelayMaxMs: usage?.loopDelayMaxMs ?? null,
      startMs,
      wholeMs,
    }
  })
}

const endpointsMetric = 'tapistry_inventory_endpoints'

/** Each endpoint four times, the services one after another: so many lines. */
function writeSeeds(path: string, estate: EstateLoad, between: Between): number {
  const nowMs = Date.now() - 60_000
  const file = openSync(path, 'w')
  for (let round = 0; round < seedRounds; round += 1) {
    let text = ''
    for (let endpoint = 0; endpoint < estate.endpoints; endpoint += 1) {
      text += estate.line(endpoint, between, nowMs + round * 1000)
      if (text.length < pieceBytes) continue
      writeSync(file, text)
      text = ''
    }
    writeSync(file, text)
  }
  closeSync(file)
  return seedRounds * estate.endpoints
}

const seedRounds = 4
const pieceBytes = 1 << 20

/** The lines that are read while it is asked. */
function writePlanned(path: string, estate: EstateLoad, between: Between, linesPerSecond: number, seconds: number): void {
  const nowMs = Date.now()
  for (let second = 0; second < seconds; second += 1) {
    let text = ''
    for (let line = 0; line < linesPerSecond; line += 1) text += estate.line(estate.popular(between), between, nowMs + second * 1000)
    appendFileSync(path, text)
  }
}

interface Feeding {
  /** Lines so far. */
  written(): number
  readonly ended: Promise<number>
}

/** Appends what is in `from` to `to`, evenly over so many seconds. */
function feed(from: string, to: string, linesPerSecond: number, seconds: number): Feeding {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'a')]
  const startedMs = performance.now()
  let written = 0
  const piece = Buffer.alloc(pieceBytes)
  let held = Buffer.alloc(0)

  function step(): void {
    const due = Math.min(linesPerSecond * seconds, Math.floor(((performance.now() - startedMs) / 1000) * linesPerSecond))
    while (written < due) {
      if (held.length === 0) held = Buffer.from(piece.subarray(0, readSync(source, piece)))
      let end = 0
      while (written < due && end < held.length) {
        const feedAt = held.indexOf(10, end)
        end = feedAt < 0 ? held.length : feedAt + 1
        written += feedAt < 0 ? 0 : 1
      }
      writeSync(target, held, 0, end)
      held = held.subarray(end)
    }
  }

  async function run(): Promise<number> {
    while (written < linesPerSecond * seconds) {
      step()
      await sleep(feedMs)
    }
    closeSync(source)
    closeSync(target)
    return written
  }

  return { written: () => written, ended: run() }
}

const feedMs = 20

/** How far what is read is behind what is written, and how much memory there is, looked at for so many seconds. */
async function watch(
  daemon: DaemonProcess,
  written: () => number,
  seconds: number,
): Promise<{ readonly residentBytesMax: number; readonly lagSecondsMax: number }> {
  const startedMs = performance.now()
  let [residentBytesMax, lagSecondsMax] = [0, 0]
  const marks: Array<readonly [atMs: number, lines: number]> = []
  do {
    marks.push([performance.now(), written()])
    const read = (await daemon.source()).counts['lines'] ?? 0
    residentBytesMax = Math.max(residentBytesMax, await daemon.metric('process_resident_memory_bytes'))
    // What was written by then, and is read by now, is this old at most.
    const last = marks.findLast(([, lines]) => lines <= read)
    lagSecondsMax = Math.max(lagSecondsMax, tenths((performance.now() - (last?.[0] ?? 0)) / 1000))
    await sleep(watchMs)
  } while (performance.now() - startedMs < seconds * 1000)
  return { residentBytesMax, lagSecondsMax }
}

const watchMs = 500

async function usageOf(daemon: DaemonProcess): Promise<{ readonly cpuSeconds: number }> {
  return { cpuSeconds: await daemon.metric('process_cpu_seconds_total') }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
