import { TapistryError } from '../base/errors.ts'
import type { EngineSecrets } from './feed.ts'
import { openLive, type InterfaceStatus, type Live } from './live.ts'
import type { Source } from './source.ts'
import type { Tap } from './tap.ts'

export interface InterfaceOptions {
  readonly name: string
  /** In tcpdump syntax. */
  readonly filter?: string
  readonly tap?: Tap
  /** Threads that share its packets. */
  readonly workers?: number
}

/** Packets of a network interface. What is not kept when the process is killed is gone: a wire cannot be read again. */
export function interfaceSource({ name, filter, tap, workers }: InterfaceOptions, engine: EngineSecrets, flushMs: number): Source {
  let live: Live | null = null
  let last: InterfaceStatus | null = null
  const status = (): InterfaceStatus | null => live?.status()[0] ?? last
  return {
    id: `interface:${name}`,
    kind: 'interface',
    async run(sink, signal) {
      const asked = { name, ...(filter === undefined ? {} : { filter }), ...(tap === undefined ? {} : { tap }), ...(workers === undefined ? {} : { workers }) }
      const { literals, words, hashKey, keys = [], descriptors } = engine
      live = await openLive({ interfaces: [asked], flushMs, literals, words, hashKey, keys, ...(descriptors === undefined ? {} : { descriptors }) })
      if (engine.literals !== literals) live.setLiterals(engine.literals)
      const stop = (): void => live?.stop()
      signal.addEventListener('abort', stop, { once: true })
      try {
        if (signal.aborted) stop()
        for await (const batch of live.batches) await sink.add({ batches: [batch] })
      } finally {
        signal.removeEventListener('abort', stop)
        last = live.status()[0] ?? null
        live = null
      }
      if (!signal.aborted) throw new TapistryError('ENGINE', `capture from ${name} ended by itself`)
    },
    literalsChanged: () => live?.setLiterals(engine.literals),
    counts() {
      const found = status()
      if (found === null) return {}
      const { packets, packetBytes, packetsTruncated, kernelReceived, kernelDropped, kernelFreezes, opened } = found
      return { packets, packetBytes, packetsTruncated, kernelReceived, kernelDropped, kernelFreezes, opened }
    },
    standing() {
      const found = live?.status()[0]
      if (found === undefined) return { state: 'starting', problem: null }
      return found.state === 'up' ? { state: 'up', problem: null } : { state: 'down', problem: `${name}: ${wordsOf(found)}` }
    },
    detail() {
      const found = status()
      return found === null ? null : `${name} is ${found.state}${found.reason === null ? '' : `: ${found.reason}`}`
    },
  }
}

function wordsOf({ state, reason }: InterfaceStatus): string {
  if (state === 'missing') return 'there is no such interface; it is captured from once it is there'
  if (state === 'down') return 'the interface is down: set it up with "ip link set", it is captured from then'
  return reason ?? 'the interface cannot be captured from'
}
