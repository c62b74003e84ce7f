import { systemCode, TapistryError } from '../base/errors.ts'
import type { NativeInterface, NativeLiveOptions } from './binding.d.ts'
import type { Descriptors } from './descriptors.ts'
import { binding } from './load_binding.ts'
import { tapOf, type Tap } from './tap.ts'

/** What to capture from, and how. */
export interface LiveOptions {
  /** 1 to 64, each name once. */
  readonly interfaces: readonly LiveInterface[]
  /** Milliseconds of wall time after which what was seen goes up as a batch, 10 to 60,000; 1,000 by default. */
  readonly flushMs?: number
  /** Path literals of registered specs: shown whatever they look like. */
  readonly literals?: readonly string[]
  /** Words that are known in paths of APIs: they stay apart where there are too many literals to keep. */
  readonly words?: readonly string[]
  /** Secret of the keyed hashes, 16 bytes. Without one a constant is used, and nothing keyed may be shown or kept. */
  readonly hashKey?: Uint8Array
  /** Files with secrets of TLS connections: they may grow, and need not be there yet. */
  readonly keys?: readonly string[]
  /** What is known of the messages of gRPC. */
  readonly descriptors?: Descriptors
}

/** An interface to capture from. */
interface LiveInterface {
  /** As the system names it, `eth0`. It need not be there yet. */
  readonly name: string
  /** Packet filter in tcpdump syntax, which means what it means to tcpdump: `tcp port 80` takes frames with a VLAN tag too. */
  readonly filter?: string
  /** What is known of the tap there. */
  readonly tap?: Tap
  /** Threads that share its packets by flow, 1 to 64; 1 by default. */
  readonly workers?: number
  /** Bytes of the ring of each of them, in which packets wait in the kernel; 32 MiB by default, at most 1 GiB. */
  readonly ringBytes?: number
}

/** A live run of the engine. Capture waits for nobody: what is not pulled is merged on, then counted as `limits.exchangesShed`. */
export interface Live {
  /** Batches of observations, whose bytes belong to the caller, until `stop`; to be gone through once. Leaving early stops the run. */
  readonly batches: AsyncIterable<Uint8Array>
  /** How it stands with each interface, in the order of the options. */
  status(): readonly InterfaceStatus[]
  /** Path literals of registered specs, for requests that are read from now on. */
  setLiterals(literals: readonly string[]): void
  /** Ends the run; what was seen still comes as batches. */
  stop(): void
}

/** How it stands with an interface. Counts are sums over its workers and only grow. */
export interface InterfaceStatus {
  readonly name: string
  /** `refused`: it is there, but cannot be captured from, and `reason` says why. All but `up` are looked at again by and by. */
  readonly state: 'up' | 'down' | 'missing' | 'refused'
  readonly reason: string | null
  readonly workers: number
  readonly packets: number
  /** Captured bytes of these. */
  readonly packetBytes: number
  /** Packets of which not all was captured. */
  readonly packetsTruncated: number
  /** Packets that the kernel took, after its filter; `packets` and `kernelDropped` once all are read. */
  readonly kernelReceived: number
  /** Packets that the kernel dropped because a ring was full. */
  readonly kernelDropped: number
  /** Times that a ring was full. */
  readonly kernelFreezes: number
  /** Times that the interface was opened: above 1 it was taken away and came again. */
  readonly opened: number
}

/**
 * Starts to capture on threads of the engine. Throws `TapistryError` where waiting mends nothing: `RUNTIME` where this process may not capture, `CONFIG`
 * where a filter is wrong or libpcap is missing, or an option is.
 */
export async function openLive(options: LiveOptions): Promise<Live> {
  const { captureProblem, openLive: open } = binding()
  const problem = captureProblem()
  if (problem !== null) throw new TapistryError('RUNTIME', problem)
  const native: NativeLiveOptions = {
    interfaces: options.interfaces.map(nativeInterface),
    flushMs: options.flushMs ?? 1000,
    literals: [...(options.literals ?? [])],
    words: [...(options.words ?? [])],
    keys: [...(options.keys ?? [])],
    ...(options.hashKey === undefined ? {} : { hashKey: options.hashKey }),
  }
  const run = await open(native, options.descriptors?.native).catch(refused)
  return {
    batches: batchesOf(run),
    status: () => (JSON.parse(run.status()) as { interfaces: InterfaceStatus[] }).interfaces,
    setLiterals: (literals) => run.setLiterals([...literals]),
    stop: () => run.stop(),
  }
}

function nativeInterface({ name, filter, tap, workers, ringBytes }: LiveInterface): NativeInterface {
  return { name, workers: workers ?? 1, ...tapOf(tap ?? {}), ...(filter === undefined ? {} : { filter }), ...(ringBytes === undefined ? {} : { ringBytes }) }
}

async function* batchesOf(run: { next(): Promise<Uint8Array | null>; stop(): void }): AsyncIterable<Uint8Array> {
  try {
    for (let batch = await run.next(); batch !== null; batch = await run.next()) yield batch
  } finally {
    run.stop()
  }
}

function refused(thrown: unknown): never {
  if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('CONFIG', thrown.message, { cause: thrown })
  throw thrown
}
