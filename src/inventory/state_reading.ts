import { unpackedAlone } from '../observation/codec.ts'
import type { Observation, ObservationKey, ServiceCount, SourceKind } from '../observation/observation.ts'
import type { TimeSpan } from './inventory.ts'
import { spanOf } from './span.ts'
import { encryptedServices, type EncryptedService } from './tls.ts'

/** What a state held at a moment. It costs a pointer a key: observations stay packed until somebody asks for those of a host. */
export interface StateReading {
  /** Hosts with observations, sorted. */
  readonly hosts: readonly HostReading[]
  /** Exchanges without observations by host name, sorted, '' for hosts that did not fit. */
  readonly folded: ReadonlyMap<string, Folded>
  readonly counters: ReadonlyMap<string, number>
  readonly window: TimeSpan | null
  /** Services of which connections stayed encrypted. */
  readonly encrypted: readonly EncryptedService[]
}

export interface HostReading {
  readonly name: string
  /** The same object in two readings where nothing of the host has changed between them. */
  readonly mark: object
  readonly visibility: ReadonlyMap<ServiceCount, number>
  keys(): readonly ObservationKey[]
  /** Sorted by key; unpacked anew with each call. */
  observations(): readonly Observation[]
}

/** Exchanges that were folded, by source kind; `unread` are those without a request. */
export interface Folded {
  readonly exchanges: Readonly<Record<SourceKind, number>>
  readonly unread: Readonly<Record<SourceKind, number>>
}

/** An observation in the state. Only what it is packed in may change. */
export interface Kept {
  readonly key: ObservationKey
  readonly text: string
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  /** In bytes of its own once it is packed. */
  value: Observation | Uint8Array
}

interface Held {
  readonly services: ReadonlyMap<string, ReadonlyMap<string, Kept>>
  readonly marks: ReadonlyMap<string, object>
  readonly visibility: ReadonlyMap<string, ReadonlyMap<ServiceCount, number>>
  readonly folded: ReadonlyMap<string, Folded>
  readonly counters: ReadonlyMap<string, number>
}

/**
 * Takes down what a state holds, which has marks for all of its services. What was seen last after `latestMs` cannot be true, and does not move the window as long as
 * anything else has times: one wrong clock would make all the rest old.
 */
export function readingOf({ services, marks, visibility, folded, counters }: Held, latestMs: number): StateReading {
  const [spans, wrong]: [TimeSpan[], TimeSpan[]] = [[], []]
  const hosts = [...services.keys()].toSorted().map((name): HostReading => {
    const kept = [...(services.get(name)?.values() ?? [])]
    const [own, beyond] = [spanOf(kept.filter(({ lastSeenMs }) => lastSeenMs <= latestMs)), spanOf(kept.filter(({ lastSeenMs }) => lastSeenMs > latestMs))]
    if (own !== null) spans.push(own)
    if (beyond !== null) wrong.push(beyond)
    return {
      name,
      mark: marks.get(name) ?? {},
      visibility: new Map(visibility.get(name)),
      keys: () => kept.map(({ key }) => key),
      observations: () => kept.toSorted((a, b) => (a.text < b.text ? -1 : 1)).map(({ value }) => observationOf(value)),
    }
  })
  return {
    hosts,
    folded: new Map([...folded].toSorted(byName).map(([name, { exchanges, unread }]) => [name, { exchanges: { ...exchanges }, unread: { ...unread } }])),
    counters: new Map(counters),
    window: around(spans) ?? around(wrong),
    encrypted: encryptedServices(visibility),
  }
}

function around(spans: readonly TimeSpan[]): TimeSpan | null {
  return spanOf(spans.map(({ firstMs, lastMs }) => ({ firstSeenMs: firstMs, lastSeenMs: lastMs })))
}

export function observationOf(value: Observation | Uint8Array): Observation {
  return value instanceof Uint8Array ? unpackedAlone(value) : value
}

export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
