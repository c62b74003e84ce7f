import { alertDesk, type AlertDesk } from '../../src/alert/alert_desk.ts'
import type { NewNotice } from '../../src/storage/outbox.ts'
import { memoryOutbox } from '../../src/storage/memory_outbox.ts'
import { sampleInventory } from './sample_inventory.ts'

/** What became of alerts: message 1 was delivered, 2 given up, 3 waits for another try. */
export function sampleAlerts(woken: () => void = () => undefined): AlertDesk {
  const outbox = memoryOutbox()
  const atMs = Date.UTC(2026, 2, 2)
  const notice = ({ id, kind, severity, title, service }: (typeof sampleInventory.findings)[number]): NewNotice => {
    const name = sampleInventory.services.find((one) => one.id === service)?.name ?? ''
    const details = {
      kind,
      title,
      service: name,
      serviceId: service,
      endpoint: { id: 'ep_0123456789abcdef', method: 'GET', template: '/a', operation: 'query GetUser' },
    }
    return { channel: 'security', fingerprint: id, what: 'opened', mark: severity, severity, bundle: service, atMs, details }
  }
  const findings = sampleInventory.findings.slice(0, 4)
  outbox.add(findings.map(notice))
  const of = { channel: 'security', form: 'new', of: null } as const
  outbox.compose(
    [1, 2, 3].map((number) => Object.assign({ key: `alert_000000000000000${number}`, atMs: atMs + number, notices: number === 1 ? [1, 4] : [number] }, of)),
  )
  outbox.settle(1, { state: 'sent', reference: 'C1 1.2' })
  outbox.settle(2, { state: 'dead', tries: 1, problem: 'it answers 403' })
  outbox.settle(3, { state: 'waiting', tries: 2, notBeforeMs: atMs + 10_000, problem: 'it answers 503' })
  const status = { channel: 'security', type: 'slack', sent: 1, failed: 3, capped: 0, shed: 0, ...outbox.counts('security') }
  return alertDesk({ status: () => [status], wake: woken }, outbox, () => atMs + 60_000)
}
