import type { Drift } from '../drift_record.ts'
import { nameOf } from '../finding.ts'
import type { Detection, EndpointView, ServiceView } from '../finding.ts'

/** One detection for each endpoint that departs from its operation in the given direction: the departures are its evidence. */
export function driftDetections({ service, endpoints }: ServiceView, direction: string, belongs: (drift: Drift) => boolean): readonly Detection[] {
  return endpoints.flatMap((view): readonly Detection[] => {
    const drifts = driftsOf(view, belongs)
    const [worst] = drifts
    if (!worst) return []
    const { endpoint } = view
    const more = drifts.length > 1 ? ` (and ${drifts.length - 1} more)` : ''
    return [
      {
        endpoint,
        title: `${direction} of ${nameOf(service, endpoint)} depart from the spec: ${`${worst.location} ${worst.kind.replaceAll('-', ' ')}`.trim()}${more}`,
        evidence: {
          departures: drifts.slice(0, listedMax).map(({ kind, severity, location, documented, observed, seen, of, message }) => {
            return { kind, severity, location, documented, observed, seen, of, message }
          }),
          total: drifts.length,
        },
        seen: endpoint.seen,
        count: Math.max(...drifts.map(({ seen }) => seen)),
        severity: worst.severity === 'error' ? 'medium' : 'low',
      },
    ]
  })
}

/** Worst first, as drift lists them; what is only worth knowing is no finding. */
function driftsOf({ drift }: EndpointView, belongs: (drift: Drift) => boolean): readonly Drift[] {
  return drift.filter((own) => own.severity !== 'info' && belongs(own))
}

/** A finding is read by people: the rest is counted. */
const listedMax = 50
