import type { ChannelStatus } from './channel_status.ts'
import type { Metric } from './metric.ts'

type Count = Exclude<keyof ChannelStatus, 'channel' | 'type'>

/** Alerts by channel of the configuration. */
export const alertMetrics: readonly Metric[] = [
  metric('tapistry_alert_messages_sent_total', 'counter', 'Messages that were delivered.', 'sent'),
  metric('tapistry_alert_tries_failed_total', 'counter', 'Tries to deliver a message that failed.', 'failed'),
  metric('tapistry_alert_capped_total', 'counter', 'Times when a limit of messages held something back.', 'capped'),
  metric('tapistry_alert_events_shed_total', 'counter', 'Single events that found no room; findings wait until there is some.', 'shed'),
  metric('tapistry_alerts_waiting', 'gauge', 'Findings and events that no message was delivered of yet.', 'waiting'),
  metric('tapistry_alerts_dead', 'gauge', 'Messages that were given up.', 'dead'),
]

function metric(name: string, type: 'counter' | 'gauge', help: string, count: Count): Metric {
  const labels = ['channel', 'type']
  return {
    name,
    type,
    help,
    labels,
    read: ({ alerts }) => alerts.map((alert) => ({ labels: { channel: alert.channel, type: alert.type }, value: alert[count] })),
  }
}
