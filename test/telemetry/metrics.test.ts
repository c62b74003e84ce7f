import { describe, expect, test } from 'vitest'

import { expositionText, omittedFamily } from '../../src/telemetry/exposition.ts'
import type { Readings } from '../../src/telemetry/metric.ts'
import { familiesOf, metrics } from '../../src/telemetry/metrics.ts'
import { parsedExposition } from './parsed_exposition.ts'

const documented = [...metrics, { ...omittedFamily, labels: [] }]

const readings: Readings = {
  version: '1.2.3',
  counters: new Map([
    ['packets.read', 12],
    ['packets.decoded', 10],
    ['packets.notTcp', 2],
    ['tcp.portReuses', 3],
    ['logs.lines', 9],
    ['logs.exchanges', 7],
    ['logs.rejected', 2],
    ['logs.rejectedBy.no_method', 2],
    ['state.observations', 40],
  ]),
  sources: [
    { id: 'eth1', kind: 'interface', state: 'down', keptAt: null, counts: { kernelDrops: 4 } },
    {
      id: 'log:/var/log/a "quoted"\\\n.log',
      kind: 'log',
      state: 'ended',
      keptAt: '2026-03-02T09:00:00.500Z',
      counts: { 'lines': 9, 'rejectedBy.bad_json': 2 },
    },
  ],
  alerts: [{ channel: 'security', type: 'slack', sent: 7, failed: 3, capped: 1, shed: 0, waiting: 4, dead: 2 }],
  services: 2,
  endpoints: 5,
  endpointsByLabel: new Map([
    ['shadow', 2],
    ['zombie', 1],
  ]),
  endpointsNewByLabel: new Map([['shadow', 1]]),
  endpointsByDataClass: new Map([['email', 3]]),
  servicesPartlySeen: 1,
  findings: [{ kind: 'inv.shadow-endpoint', severity: 'high', count: 2 }],
  isReady: false,
  rateBucketsDropped: 3,
  requests: [{ method: 'GET', route: '/metrics', status: 200, count: 6 }],
  durations: [{ route: '/metrics', within: [0, 0, 2, 3, 3, 3, 3, 3, 3, 4], count: 5, sumSeconds: 61.5 }],
  discardedBytes: 12,
  process: { startedAtSeconds: 1_750_000_000.25, cpuSeconds: 1.5, activeSeconds: 0.5, residentBytes: 90_000_000 },
}

const text = expositionText(familiesOf(readings))
const parsed = parsedExposition(text)

describe('metrics', () => {
  test.each([
    ['tapistry_build_info', { version: '1.2.3' }, 1],
    ['tapistry_ready', {}, 0],
    ['tapistry_api_rate_buckets_dropped_total', {}, 3],
    ['tapistry_endpoints', { label: 'shadow' }, 2],
    ['tapistry_inventory_endpoints', {}, 5],
    ['tapistry_endpoints_new', { label: 'shadow' }, 1],
    ['tapistry_endpoints_with_data', { class: 'email' }, 3],
    ['tapistry_services_partly_seen', {}, 1],
    ['tapistry_store_commits_total', { outcome: 'kept' }, 0],
    ['tapistry_findings', { kind: 'inv.shadow-endpoint', severity: 'high' }, 2],
    ['tapistry_source_up', { source: 'eth1', kind: 'interface' }, 0],
    ['tapistry_source_up', { source: 'log:/var/log/a "quoted"\\\n.log', kind: 'log' }, 1],
    ['tapistry_source_kept_timestamp_seconds', { source: 'log:/var/log/a "quoted"\\\n.log', kind: 'log' }, 1_772_442_000.5],
    ['tapistry_source_counts_total', { source: 'eth1', kind: 'interface', count: 'kernelDrops' }, 4],
    ['tapistry_packets_received_total', {}, 12],
    ['tapistry_packets_total', { outcome: 'not_tcp' }, 2],
    ['tapistry_packets_total', { outcome: 'malformed' }, 0],
    ['tapistry_log_lines_total', { outcome: 'rejected' }, 2],
    ['tapistry_log_rejections_total', { reason: 'no_method' }, 2],
    ['tapistry_figure', { name: 'tcp.portReuses' }, 3],
    ['tapistry_figure', { name: 'state.observations' }, 40],
    ['tapistry_api_requests_total', { method: 'GET', route: '/metrics', status: '200' }, 6],
    ['process_resident_memory_bytes', {}, 90_000_000],
    ['tapistry_samples_omitted', {}, 0],
  ])('%s%j is %d', (name, labels, value) => {
    expect(parsed.get(name)?.samples).toContainEqual({ labels, value })
  })

  test('tell how long requests took as a histogram', () => {
    const samples = parsed.get('tapistry_api_request_duration_seconds')?.samples ?? []
    const [route, le] = ['/metrics', (bound: string) => ({ suffix: '_bucket', labels: { route: '/metrics', le: bound } })]
    expect(samples).toContainEqual({ ...le('0.025'), value: 2 })
    expect(samples.at(-3)).toEqual({ ...le('+Inf'), value: 5 })
    expect(samples.slice(-2)).toEqual([
      { suffix: '_sum', labels: { route }, value: 61.5 },
      { suffix: '_count', labels: { route }, value: 5 },
    ])
  })

  test('show no counter twice', () => {
    expect(parsed.get('tapistry_figure')?.samples.map(({ labels }) => labels['name'])).toEqual(['state.observations', 'tcp.portReuses'])
  })

  test('have the names, types and labels that are documented', () => {
    expect([...parsed].map(([name, { type, help }]) => ({ name, type, help }))).toEqual(documented.map(({ name, type, help }) => ({ name, type, help })))
    for (const { name, labels } of documented) {
      // Buckets of a histogram have one more.
      for (const sample of parsed.get(name)?.samples ?? []) {
        expect(
          Object.keys(sample.labels).filter((label) => label !== 'le'),
          name,
        ).toEqual(labels)
      }
    }
  })

  test.each(documented)('$name is named as Prometheus advises', ({ name, type, help }) => {
    expect(name).toMatch(/^(tapistry|process)(_[a-z]+)+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kilobytes|count|sum|bucket)(_total)?$/)
    expect(help).toMatch(/^[^\n]+\.$/)
  })

  test('are bounded, and say what they leave out', () => {
    const counters = new Map(Array.from({ length: 2500 }, (_, index): [string, number] => [`made.up${index}`, index]))
    const many = parsedExposition(expositionText(familiesOf({ ...readings, counters })))
    expect(many.get('tapistry_figure')?.samples).toHaveLength(2000)
    expect(many.get('tapistry_samples_omitted')?.samples).toEqual([{ labels: {}, value: 500 }])
  })

  test('are listed in docs/metrics.md: else run npx vitest run test/telemetry -u', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/metrics.md')
  })
})

function page(): string {
  const rows = documented.map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |\n`)
  return `# Metrics

What \`GET /metrics\` answers, in the text format of Prometheus. Every value is read at the moment of the scrape. Labels are bounded by the configuration
and by sets of ours; there is none for services or endpoints, and nothing of traffic is in any. Counters begin where the kept state does, so they go on after
a restart; those of sources, requests, commits, the process and what was removed begin at 0.

| metric | type | labels | what |
|---|---|---|---|
${rows.join('')}
Prometheus needs a token of scope \`read\` that is limited to no service, where one is needed at all ([access.md](access.md)):

\`\`\`yaml
scrape_configs:
  - job_name: tapistry
    authorization: { credentials_file: /etc/prometheus/tapistry.token }
    static_configs: [{ targets: ["127.0.0.1:7411"] }]
\`\`\`
`
}
