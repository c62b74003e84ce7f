import { alertMetrics } from './alert_metrics.ts'
import { engineMetrics, figuresElsewhere } from './engine_metrics.ts'
import type { Family, Sample } from './exposition.ts'
import { durationBoundsSeconds, type Durations, type Metric, type Readings } from './metric.ts'

/** The families of one scrape, in the order of the list. */
export function familiesOf(readings: Readings): readonly Family[] {
  return metrics.map(({ name, type, help, read }) => ({ name, type, help, samples: read(readings) }))
}

/**
 * Every metric, as docs/metrics.md lists them. Base units; what counts up ends in `_total`. Labels are bounded by the configuration and by sets of ours:
 * sources, never services or endpoints.
 */
export const metrics: readonly Metric[] = [
  gauge('tapistry_build_info', 'Always 1; the version is in the label.', ['version'], ({ version }) => [{ labels: { version }, value: 1 }]),
  gauge('tapistry_ready', '1 where /readyz says yes, else 0.', [], ({ isReady }) => one(isReady ? 1 : 0)),
  gauge('tapistry_services', 'Services of the inventory.', [], ({ services }) => one(services)),
  gauge('tapistry_inventory_endpoints', 'Endpoints of the inventory.', [], ({ endpoints }) => one(endpoints)),
  gauge('tapistry_endpoints', 'Endpoints with a label; one can have several, so they do not add up.', ['label'], ({ endpointsByLabel }) =>
    [...endpointsByLabel].map(([label, value]) => ({ labels: { label }, value })),
  ),
  gauge(
    'tapistry_endpoints_new',
    'Endpoints with a label that were first seen in the last 24 hours, by the times of their traffic.',
    ['label'],
    ({ endpointsNewByLabel }) => [...endpointsNewByLabel].map(([label, value]) => ({ labels: { label }, value })),
  ),
  gauge('tapistry_endpoints_with_data', 'Endpoints that carry data of a class; one can carry several.', ['class'], ({ endpointsByDataClass }) =>
    [...endpointsByDataClass].map(([name, value]) => ({ labels: { class: name }, value })),
  ),
  gauge('tapistry_services_partly_seen', 'Services of which something could not be seen: /api/v1/services says why.', [], ({ servicesPartlySeen }) =>
    one(servicesPartlySeen),
  ),
  gauge('tapistry_findings', 'Findings that are open.', ['kind', 'severity'], ({ findings }) =>
    findings.map(({ kind, severity, count }) => ({ labels: { kind, severity }, value: count })),
  ),
  gauge(
    'tapistry_source_up',
    '1 where a source reads, or has read all there was; 0 where it is starting, waits or is down.',
    ['source', 'kind'],
    ({ sources }) => sources.map(({ id, kind, state }) => ({ labels: { source: id, kind }, value: state === 'up' || state === 'ended' ? 1 : 0 })),
  ),
  gauge('tapistry_source_kept_timestamp_seconds', 'When something of a source was kept last; absent before that.', ['source', 'kind'], ({ sources }) =>
    sources.flatMap(({ id, kind, keptAt }) => (keptAt === null ? [] : [{ labels: { source: id, kind }, value: Date.parse(keptAt) / 1000 }])),
  ),
  counter('tapistry_source_counts_total', 'What a source counted, by the name it has in /api/v1/sources.', ['source', 'kind', 'count'], ({ sources }) =>
    sources.flatMap(({ id, kind, counts }) => Object.entries(counts).map(([count, value]) => ({ labels: { source: id, kind, count }, value }))),
  ),
  gauge('tapistry_database_bytes', 'What the database takes of the disk, without its log.', [], ({ counters }) => one(counters.get('storage.bytes') ?? 0)),
  ...engineMetrics,
  {
    ...gauge('tapistry_figure', 'Every other figure of engine, state and storage, by its dotted name.', ['name'], ({ counters }) =>
      figuresElsewhere(counters).map(([name, value]) => ({ labels: { name }, value })),
    ),
    // Counts and sizes side by side.
    type: 'untyped',
  },
  ...alertMetrics,
  counter('tapistry_api_requests_total', 'Requests that were answered, by route.', ['method', 'route', 'status'], ({ requests }) =>
    requests.map(({ method, route, status, count }) => ({ labels: { method, route, status: String(status) }, value: count })),
  ),
  {
    name: 'tapistry_api_request_duration_seconds',
    type: 'histogram',
    help: 'How long requests took until they were answered whole, without streams of events.',
    labels: ['route'],
    read: ({ durations }) => durations.flatMap(histogramSamples),
  },
  counter('tapistry_api_rate_buckets_dropped_total', 'Buckets of rate limits that were dropped since there were too many.', [], ({ rateBucketsDropped }) =>
    one(rateBucketsDropped),
  ),
  counter('tapistry_api_discarded_bytes_total', 'Bytes of bodies that were read and thrown away after the answer.', [], (readings) =>
    one(readings.discardedBytes),
  ),
  counter('tapistry_event_loop_active_seconds_total', 'Time in which the main thread was not idle.', [], (readings) => one(readings.process.activeSeconds)),
  counter('process_cpu_seconds_total', 'User and system CPU time of the process.', [], (readings) => one(readings.process.cpuSeconds)),
  gauge('process_resident_memory_bytes', 'Resident memory of the process.', [], (readings) => one(readings.process.residentBytes)),
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', [], (readings) => one(readings.process.startedAtSeconds)),
]

function gauge(name: string, help: string, labels: readonly string[], read: Metric['read']): Metric {
  return { name, type: 'gauge', help, labels, read }
}

function counter(name: string, help: string, labels: readonly string[], read: Metric['read']): Metric {
  return { name, type: 'counter', help, labels, read }
}

function histogramSamples({ route, within, count, sumSeconds }: Durations): readonly Sample[] {
  return [
    ...durationBoundsSeconds.map((bound, at) => ({ suffix: '_bucket', labels: { route, le: String(bound) }, value: within[at] ?? 0 }) as const),
    { suffix: '_bucket', labels: { route, le: '+Inf' }, value: count },
    { suffix: '_sum', labels: { route }, value: sumSeconds },
    { suffix: '_count', labels: { route }, value: count },
  ]
}

function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }]
}
