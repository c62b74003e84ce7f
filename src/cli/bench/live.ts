import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { SourceStatus } from '../../source/source.ts'
import type { BenchLine, BenchOptions } from './benches.ts'
import { writeCaptureLoad } from './capture_load.ts'
import { launchDaemon, type DaemonProcess } from './daemon_process.ts'
import { inLoadFolder } from './load_folder.ts'
import { buildReplayer } from './replayer.ts'
import { mixedExchange } from './traffic.ts'
import { openWire, type Wire } from './wire.ts'

/**
 * Frames of the load of `capture` on a pair of virtual interfaces, which the daemon captures with one worker: faster step by step until some are lost. The
 * replayer has a core to itself, where the kernel also copies its frames into the ring. Then, how much of a core it takes to wait for frames.
 */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  let wire: Wire
  let replayer: string
  try {
    wire = openWire()
  } catch (thrown) {
    return yield { case: 'not measured', reason: `it takes root, network namespaces and the program ip: ${reasonOf(thrown)}` }
  }
  try {
    try {
      replayer = buildReplayer()
    } catch (thrown) {
      return yield { case: 'not measured', reason: reasonOf(thrown) }
    }
    yield* inLoadFolder(async function* (folder) {
      const capture = join(folder, 'load.pcap')
      writeCaptureLoad(capture, options.loadBytes, options.smoke ? 16 : 512, mixedExchange)
      const daemon = await launchDaemon(['--interface', wire.monitor, '--data-dir', join(folder, 'data')], false)
      await daemon.until(({ detail }) => detail?.includes('is up') === true)
      const seconds = options.smoke ? 0.2 : stepSeconds
      const send = (megabits: number, first: number): Promise<Step> => stepOf(daemon, () => wire.replay(replayer, capture, megabits, { seconds, first }))
      yield* steps(send, options.smoke ? 2 : stepsMax)
      yield await idle(daemon, options.smoke ? 1 : idleSeconds)
      await daemon.stop()
    })
  } finally {
    wire.close()
  }
}

/** What was sent in one step, and what became of it. */
interface Step {
  /** The number of the next pass over the load. */
  readonly next: number
  readonly packets: number
  readonly megabitsPerSecond: number
  readonly packetsPerSecond: number
  /** Frames that the ring had no room for. */
  readonly dropped: number
  /** Of one core, while they were sent; the thread that captures, and Node. */
  readonly daemonCpuShare: number
}

const stepSeconds = 4
const stepsMax = 40
const idleSeconds = 10
const firstMegabits = 200
const stepMegabits = 100
/** A replayer that falls behind by more than this is what bounds the rate. */
const behindMax = 0.03

async function* steps(send: (megabits: number, first: number) => Promise<Step>, count: number): AsyncIterable<BenchLine> {
  let best: Step | null = null
  let bound = 'the number of steps'
  let first = 0
  for (let step = 0; step < count; step += 1) {
    const megabits = firstMegabits + step * stepMegabits
    let sent = await send(megabits, first)
    // Once more: something else may have had the core for a while.
    if (sent.dropped > 0) sent = await send(megabits, sent.next)
    first = sent.next
    if (sent.dropped > 0) bound = `the daemon: ${sent.dropped} of ${sent.packets} frames were dropped at ${sent.megabitsPerSecond} Mb/s`
    else if (sent.megabitsPerSecond < megabits * (1 - behindMax)) bound = `the replayer, which sent no more than ${sent.megabitsPerSecond} Mb/s`
    if (sent.dropped === 0) best = sent
    if (bound !== 'the number of steps') break
  }
  yield {
    case: 'fastest without loss, one worker',
    gigabitsPerSecond: (best?.megabitsPerSecond ?? 0) / 1000,
    packetsPerSecond: best?.packetsPerSecond ?? 0,
    daemonCpuShare: best?.daemonCpuShare ?? null,
    boundBy: bound,
  }
}

async function stepOf(daemon: DaemonProcess, send: () => ReturnType<Wire['replay']>): Promise<Step> {
  const [before, cpuBefore] = [countsOf(await daemon.source()), await daemon.metric('process_cpu_seconds_total')]
  const { packets, bytes, seconds, next } = await send()
  const cpuSeconds = (await daemon.metric('process_cpu_seconds_total')) - cpuBefore
  // What is in the ring is still read.
  await daemon.until((source) => countsOf(source).all - before.all >= packets)
  return {
    next,
    packets,
    megabitsPerSecond: Math.round((bytes * 8) / seconds / 1e6),
    packetsPerSecond: Math.round(packets / seconds),
    dropped: countsOf(await daemon.source()).dropped - before.dropped,
    daemonCpuShare: hundredths(cpuSeconds / seconds),
  }
}

async function idle(daemon: DaemonProcess, seconds: number): Promise<BenchLine> {
  const before = await daemon.metric('process_cpu_seconds_total')
  await sleep(seconds * 1000)
  const cpuSeconds = (await daemon.metric('process_cpu_seconds_total')) - before
  return { case: 'nothing to capture', seconds, cpuShare: Math.round((cpuSeconds / seconds) * 1e4) / 1e4 }
}

function countsOf({ counts }: SourceStatus): { readonly dropped: number; readonly all: number } {
  const dropped = counts['kernelDropped'] ?? 0
  return { dropped, all: (counts['packets'] ?? 0) + dropped }
}

function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).trim().split('\n').join(' ')
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
