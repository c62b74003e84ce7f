import type { Metric } from './metric.ts'

/** A metric that shows counters of the engine, named here. */
interface CounterMetric extends Metric {
  readonly counters: readonly string[]
}

const named: readonly CounterMetric[] = [
  counter('tapistry_packets_received_total', 'Packets that were read: the sum of tapistry_packets_total.', 'packets.read'),
  counterBy('tapistry_packets_total', 'Packets by what became of them.', 'outcome', {
    decoded: 'packets.decoded',
    duplicate: 'packets.duplicate',
    filtered: 'packets.filtered',
    fragment_incomplete: 'packets.fragmentIncomplete',
    malformed: 'packets.malformed',
    not_ip: 'packets.notIp',
    not_tcp: 'packets.notTcp',
    truncated: 'packets.truncatedRecord',
    unknown_link_type: 'packets.unknownLinkType',
  }),
  counterBy('tapistry_packets_dropped_total', 'Packets that never arrived.', 'reason', { kernel: 'packets.kernelDropped' }),
  counter('tapistry_tcp_flows_total', 'TCP connections.', 'tcp.flows'),
  counter('tapistry_tcp_payload_bytes_total', 'Bytes of TCP payload: the sum of tapistry_tcp_bytes_total.', 'tcp.payloadBytes'),
  counterBy('tapistry_tcp_bytes_total', 'Bytes of TCP payload by what became of them.', 'outcome', {
    delivered: 'tcp.deliveredBytes',
    retransmitted: 'tcp.retransmittedBytes',
    shed: 'tcp.shedBytes',
  }),
  counter('tapistry_tcp_gap_bytes_total', 'Bytes of TCP payload that were never seen.', 'tcp.gapBytes'),
  counter('tapistry_tls_flows_total', 'TLS connections.', 'tls.flows'),
  counter('tapistry_tls_bytes_total', 'Bytes of TLS connections.', 'tls.bytes'),
  counter('tapistry_http_exchanges_total', 'HTTP exchanges of all sources, before merging.', 'http.exchangesSeen'),
  counterBy('tapistry_http_unpaired_messages_total', 'Requests without a response, and responses without a request.', 'message', {
    request: 'http.unpairedRequests',
    response: 'http.unpairedResponses',
  }),
  counterBy('tapistry_removed_total', 'What was removed since the start because it was too old or too much.', 'what', {
    change: 'retention.events',
    key: 'retention.keys',
    past_day: 'retention.days',
  }),
  counterBy('tapistry_store_commits_total', 'Transactions of what was read, by what became of them; what failed is tried again.', 'outcome', {
    kept: 'state.commits',
    failed: 'state.commitsFailed',
  }),
  counterBy('tapistry_log_lines_total', 'Log lines by what became of them.', 'outcome', { exchange: 'logs.exchanges', rejected: 'logs.rejected' }),
]

const rejectedPrefix = 'logs.rejectedBy.'

const rejections: Metric = {
  name: 'tapistry_log_rejections_total',
  type: 'counter',
  help: 'Log lines that were rejected, by reason.',
  labels: ['reason'],
  read: ({ counters }) =>
    [...counters]
      .filter(([name]) => name.startsWith(rejectedPrefix))
      .toSorted(byName)
      .map(([name, value]) => ({ labels: { reason: name.slice(rejectedPrefix.length) }, value })),
}

/** Metrics that are counters of the engine under another name. */
export const engineMetrics: readonly Metric[] = [...named, rejections]

/** `logs.lines` is the sum of its outcomes. */
const shown: ReadonlySet<string> = new Set(['logs.lines', ...named.flatMap(({ counters }) => counters)])

/** Counters that none of these metrics shows, sorted by name. */
export function figuresElsewhere(counters: ReadonlyMap<string, number>): ReadonlyArray<readonly [name: string, value: number]> {
  return [...counters].filter(([name]) => !shown.has(name) && !name.startsWith(rejectedPrefix)).toSorted(byName)
}

function counter(name: string, help: string, dotted: string): CounterMetric {
  return { name, type: 'counter', help, labels: [], counters: [dotted], read: ({ counters }) => [{ labels: {}, value: counters.get(dotted) ?? 0 }] }
}

function counterBy(name: string, help: string, label: string, dottedByValue: Readonly<Record<string, string>>): CounterMetric {
  const rows = Object.entries(dottedByValue)
  return {
    name,
    type: 'counter',
    help,
    labels: [label],
    counters: rows.map(([, dotted]) => dotted),
    read: ({ counters }) => rows.map(([value, dotted]) => ({ labels: { [label]: value }, value: counters.get(dotted) ?? 0 })),
  }
}

function byName([one]: readonly [string, number], [other]: readonly [string, number]): number {
  return one < other ? -1 : 1
}
