import { windowDays } from '../facts.ts'
import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** A documented operation that nobody used while enough of its service was seen (the label orphan). `unseen` gives no finding: it says nothing. */
export const dormantDocumented: Detector = {
  kind: 'inv.dormant-documented',
  severity: 'low',
  why: 'What is documented and not used is attack surface without benefit, or the spec describes something that is not there.',
  fix: 'Remove the operation from spec and service, or find out why its clients are not seen.',
  detect: ({ service, endpoints }) =>
    endpoints
      .filter(({ labels }) => labels.includes('orphan'))
      .map(({ endpoint }) => ({
        endpoint,
        title: `${nameOf(service, endpoint)} is documented and was ${endpoint.exchanges === 0 ? `not seen in ${service.exchanges} exchanges of its service` : `not seen in the last ${windowDays} days`}`,
        evidence: { serviceExchanges: service.exchanges, coverage: service.visibility.coverage },
        seen: endpoint.seen,
        count: 0,
      })),
}
