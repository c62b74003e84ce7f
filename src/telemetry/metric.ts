import type { ChannelStatus } from './channel_status.ts'
import type { Family, Sample } from './exposition.ts'

/** A metric of the documented list: what it is called, and how it is read. */
export interface Metric extends Omit<Family, 'samples'> {
  readonly labels: readonly string[]
  read(readings: Readings): readonly Sample[]
}

/** What all metrics are read from, at the moment of a scrape. */
export interface Readings {
  readonly version: string
  /** By dotted name, as the engine and the daemon count. */
  readonly counters: ReadonlyMap<string, number>
  readonly sources: readonly SourceReading[]
  readonly services: number
  readonly endpoints: number
  readonly endpointsByLabel: ReadonlyMap<string, number>
  /** Those that were first seen in the last 24 hours. */
  readonly endpointsNewByLabel: ReadonlyMap<string, number>
  readonly endpointsByDataClass: ReadonlyMap<string, number>
  readonly servicesPartlySeen: number
  /** Findings that are open, by kind and severity. */
  readonly findings: ReadonlyArray<{ readonly kind: string; readonly severity: string; readonly count: number }>
  readonly isReady: boolean
  readonly alerts: readonly ChannelStatus[]
  readonly requests: ReadonlyArray<{ readonly method: string; readonly route: string; readonly status: number; readonly count: number }>
  /** By route, without streams that go on until the client leaves. */
  readonly durations: readonly Durations[]
  readonly rateBucketsDropped: number
  readonly discardedBytes: number
  readonly process: { readonly startedAtSeconds: number; readonly cpuSeconds: number; readonly activeSeconds: number; readonly residentBytes: number }
}

/** How long answers took. */
export interface Durations {
  readonly route: string
  /** Answers that took no longer than the bound of `durationBoundsSeconds` in the same place. */
  readonly within: readonly number[]
  readonly count: number
  readonly sumSeconds: number
}

/** Around the 50 ms that an answer may take. */
export const durationBoundsSeconds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

interface SourceReading {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly keptAt: string | null
  readonly counts: Readonly<Record<string, number>>
}
