import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** An endpoint that answers and that no operation of the service's specs describes (the label undocumented). */
export const shadowEndpoint: Detector = {
  kind: 'inv.shadow-endpoint',
  severity: 'high',
  why: 'The service has a spec and this is not in it: reviews, tests and gateways that follow the spec do not cover it.',
  fix: 'Add the operation to the spec if it is meant to be there, else remove the route.',
  detect: ({ service, endpoints }) =>
    endpoints
      .filter(({ labels }) => labels.includes('undocumented'))
      .map(({ endpoint }) => ({
        endpoint,
        title: `${nameOf(service, endpoint)} is in use and in no registered spec`,
        evidence: {
          exchanges: endpoint.exchanges,
          clients: endpoint.clients.distinct,
          templateConfidence: endpoint.confidence,
          specs: service.specs,
        },
        seen: endpoint.seen,
        count: endpoint.exchanges,
      })),
}
