import type { FactsDocument } from '../../inventory/document.ts'
import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** An endpoint that still answers although it was declared to be gone. */
export const zombieEndpoint: Detector = {
  kind: 'inv.zombie-endpoint',
  severity: 'high',
  why: 'What is declared dead gets no fixes and no attention, but it still answers and still has clients.',
  fix: 'Move the remaining clients, then switch it off; or withdraw the deprecation.',
  detect: ({ service, endpoints }) =>
    endpoints
      .filter(({ labels }) => labels.includes('zombie'))
      .map(({ endpoint, facts }) => ({
        endpoint,
        title: `${nameOf(service, endpoint)} is ${reasonsOf(facts).join(', ')} and still answers`,
        evidence: { exchanges: endpoint.exchanges, clients: endpoint.clients.distinct, reasons: reasonsOf(facts) },
        seen: endpoint.seen,
        count: endpoint.exchanges,
      })),
}

function reasonsOf(facts: FactsDocument): readonly string[] {
  const reasons: string[] = []
  if (facts.deprecatedInSpec) reasons.push('deprecated in its spec')
  if (facts.deprecatedInTraffic) reasons.push('declared deprecated by its responses')
  if (facts.removedInNewerSpec) reasons.push('removed from the newer spec')
  if (facts.sunsetPassed) reasons.push('past its sunset')
  if (facts.supersededVersion) reasons.push('superseded by a higher version')
  return reasons
}
