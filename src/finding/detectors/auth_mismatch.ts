import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** The spec demands credentials, and requests without any were accepted. */
export const authMismatch: Detector = {
  kind: 'spec.auth-mismatch',
  severity: 'critical',
  why: 'Reviewers and clients rely on a check that the running service does not make.',
  fix: 'Enforce the documented security scheme on this route, or say in the spec that it is public.',
  detect: ({ service, endpoints }) =>
    endpoints.flatMap(({ endpoint }) => {
      const { documented, auth } = endpoint
      if (!documented || documented.via !== 'operation' || auth.acceptedWithout < acceptedMin) return []
      const { security } = documented.operation
      if (security.length === 0 || security.some((schemes) => schemes.length === 0)) return []
      const schemes = [...new Set(security.flat().map(({ name }) => name))].toSorted()
      return [
        {
          endpoint,
          title: `${nameOf(service, endpoint)} accepts requests without the documented credentials`,
          evidence: { schemes, acceptedWithout: auth.acceptedWithout, of: auth.of, kindsSeen: [...auth.kinds.keys()] },
          seen: endpoint.seen,
          count: auth.acceptedWithout,
        },
      ]
    }),
}

/** One may be a capture that began in the middle of a connection. */
const acceptedMin = 2
