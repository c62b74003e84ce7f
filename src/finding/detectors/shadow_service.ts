import type { Detector } from '../finding.ts'

/** A service that no registered spec speaks for. One finding a service, whatever the number of its endpoints. */
export const shadowService: Detector = {
  kind: 'inv.shadow-service',
  severity: 'high',
  why: 'Nobody reviewed what it takes and returns: it is outside of ownership, testing and patching until somebody says that it is theirs.',
  fix: 'Find the owner, register a spec for it (`tapistry export openapi` writes a first one from its traffic), or switch it off.',
  detect: ({ service, endpoints }) => {
    const shadow = endpoints.filter(({ labels }) => labels.includes('shadow'))
    if (shadow.length === 0) return []
    const exchanges = shadow.reduce((sum, { endpoint }) => sum + endpoint.exchanges, 0)
    const spans = shadow.flatMap(({ endpoint }) => endpoint.seen ?? [])
    const seen =
      spans.length === 0 ? null : { firstMs: Math.min(...spans.map(({ firstMs }) => firstMs)), lastMs: Math.max(...spans.map(({ lastMs }) => lastMs)) }
    return [
      {
        endpoint: null,
        title: `${service.name} serves ${shadow.length} ${shadow.length === 1 ? 'endpoint' : 'endpoints'} without any registered spec`,
        evidence: { endpoints: shadow.length, exchanges, direction: service.direction, hosts: service.hosts },
        seen,
        count: exchanges,
      },
    ]
  },
}
