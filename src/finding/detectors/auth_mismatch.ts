import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** The spec demands credentials, and requests without any were accepted. */
export const authMismatch: Detector = {
  kind: 'spec.auth-mismatch',
  severity: 'critical',
  why: 'Reviewers and clients rely on a check that the running service does not make.',
  fix: 'Enforce the documented security scheme on this route, or say in the spec that it is public.',
  detect: ({ service, endpoints }) =>
    endpoints.flatMap(({ endpoint, drift }) => {
      const { documented, auth } = endpoint
      const departure = drift.find(({ kind }) => kind === 'security-not-enforced')
      if (!documented || !departure) return []
      const schemes = [...new Set(documented.operation.security.flat().map(({ name }) => name))].toSorted()
      return [
        {
          endpoint,
          title: `${nameOf(service, endpoint)} accepts requests without the documented credentials`,
          evidence: { schemes, acceptedWithout: departure.seen, of: departure.of, kindsSeen: [...auth.kinds.keys()] },
          seen: endpoint.seen,
          count: departure.seen,
        },
      ]
    }),
}
