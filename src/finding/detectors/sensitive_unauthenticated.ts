import { isLogin, isUnauthenticated } from '../exposure.ts'
import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** Sensitive data in successful responses to requests without credentials. */
export const sensitiveUnauthenticated: Detector = {
  kind: 'data.sensitive-unauthenticated',
  severity: 'critical',
  why: 'Whoever reaches the service can read personal or secret data, and nobody knows who did.',
  fix: 'Demand credentials and check that the caller may see the record, or stop returning these fields.',
  detect: ({ service, endpoints }) =>
    endpoints.flatMap(({ endpoint, dataClasses }) => {
      if (!isUnauthenticated(endpoint)) return []
      const exposed = dataClasses.filter(
        ({ in: place, status, class: name }) =>
          place === 'response' && status !== null && status.startsWith('2') && !harmless.has(name) && !(name.startsWith('secret_') && isLogin(endpoint)),
      )
      if (exposed.length === 0) return []
      const classes = [...new Set(exposed.map(({ class: name }) => name))].toSorted()
      return [
        {
          endpoint,
          title: `${nameOf(service, endpoint)} returns ${classes.join(', ')} without credentials`,
          evidence: {
            classes,
            fields: exposed.map(({ class: name, status, path, seen, of }) => ({ class: name, status, path, seen, of })),
            withoutCredentials: endpoint.auth.acceptedWithout,
            of: endpoint.auth.of,
          },
          seen: endpoint.seen,
          count: endpoint.auth.acceptedWithout,
        },
      ]
    }),
}

/** Addresses of machines say nothing of a person by themselves. */
const harmless: ReadonlySet<string> = new Set(['ip_address', 'mac_address'])
