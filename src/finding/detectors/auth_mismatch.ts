import { nameOf } from '../finding.ts'
import type { Detection, Detector } from '../finding.ts'

/** The spec demands credentials, and requests without any, or with others, were accepted. */
export const authMismatch: Detector = {
  kind: 'spec.auth-mismatch',
  severity: 'critical',
  why: 'Reviewers and clients rely on a check that the running service does not make.',
  fix: 'Enforce the documented security scheme on this route, or say in the spec that it is public.',
  detect: ({ service, endpoints }) =>
    endpoints.flatMap(({ endpoint, drift }) => {
      const { documented, auth } = endpoint
      const departure = drift.find(({ in: place }) => place === 'security')
      if (!documented || !departure) return []
      const schemes = [...new Set(documented.operation.security.flat().map(({ name }) => name))].toSorted()
      const common = { endpoint, seen: endpoint.seen, count: departure.seen }
      const counts = { of: departure.of, kindsSeen: [...auth.kinds.keys()] }
      const withOthers: Detection = {
        ...common,
        title: `${nameOf(service, endpoint)} accepts requests with other credentials than documented`,
        severity: 'medium',
        evidence: { schemes, acceptedWithOthers: departure.seen, ...counts },
      }
      const without: Detection = {
        ...common,
        title: `${nameOf(service, endpoint)} accepts requests without the documented credentials`,
        evidence: { schemes, acceptedWithout: departure.seen, ...counts },
      }
      return [departure.kind === 'security-scheme-undocumented' ? withOthers : without]
    }),
}
