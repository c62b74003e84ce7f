import type { ChannelRules } from '../../src/alert/rules.ts'
import type { AlertItem, AlertMessage } from '../../src/alert/message.ts'

export const startMs: number = Date.parse('2026-03-02T09:00:00.000Z')

export function sampleRules(more: Partial<ChannelRules> = {}): ChannelRules {
  return {
    name: 'security',
    match: [],
    mute: [],
    groupWaitMs: 5_000,
    groupIntervalMs: 300_000,
    repeatIntervalMs: 86_400_000,
    quietHours: [],
    maxPerHour: 30,
    sendResolved: true,
    ...more,
  }
}

export function sampleItem(more: Partial<AlertItem> = {}): AlertItem {
  return {
    fingerprint: 'fnd_1',
    what: 'opened',
    severity: 'high',
    atMs: startMs,
    kind: 'inv.shadow-service',
    title: 'shop.example.com serves 3 endpoints without any registered spec',
    why: 'Nobody reviewed what it takes and returns.',
    fix: 'Find the owner.',
    service: 'shop.example.com',
    serviceId: 'svc_1',
    owner: null,
    endpoint: null,
    endpoints: { total: 3, first: ['GET /a', 'GET /b', 'GET /c'] },
    firstSeen: '2026-03-02T08:59:00.000Z',
    lastSeen: '2026-03-02T09:00:00.000Z',
    count: 120,
    labels: ['shadow'],
    dataClasses: ['email', 'payment_card'],
    ...more,
  }
}

export function sampleMessage(items: readonly AlertItem[] = [sampleItem()], more: Partial<AlertMessage> = {}): AlertMessage {
  return { key: 'alert_0123456789abcdef', channel: 'security', form: 'new', reference: null, atMs: startMs, items, isTest: false, ...more }
}

/** One of each severity, over two services, with names that mean something to a receiver of markup. */
export const digestItems: readonly AlertItem[] = [
  sampleItem({ fingerprint: 'fnd_1', severity: 'critical', title: 'GET <a href=x>&|*_~`.example.com/x is in use' }),
  ...Array.from({ length: 30 }, (_, at) =>
    sampleItem({
      fingerprint: `fnd_${at + 2}`,
      severity: at % 2 === 0 ? 'high' : 'low',
      service: 'pay.example.com',
      serviceId: 'svc_2',
      title: `GET pay.example.com/${'long/'.repeat(80)}${at}`,
      endpoint: { id: `ep_${at}`, method: 'GET', template: `/${at}`, operation: null },
      endpoints: null,
    }),
  ),
]
