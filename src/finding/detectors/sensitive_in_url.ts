import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** Sensitive data in path or query: it ends in every log on the way. */
export const sensitiveInUrl: Detector = {
  kind: 'data.sensitive-in-url',
  severity: 'high',
  why: 'Paths and queries are written to access logs, histories and referrers on the whole way, in clear text and for years.',
  fix: 'Move the value into the body or a header field, or use an id that says nothing.',
  detect: ({ service, endpoints }) =>
    endpoints.flatMap(({ endpoint, dataClasses }) => {
      const inUrl = dataClasses.filter(({ in: place, class: name }) => (place === 'path' || place === 'query') && !harmless.has(name))
      if (inUrl.length === 0) return []
      const classes = [...new Set(inUrl.map(({ class: name }) => name))].toSorted()
      return [
        {
          endpoint,
          title: `${nameOf(service, endpoint)} takes ${classes.join(', ')} in the URL`,
          evidence: { classes, parameters: inUrl.map(({ class: name, in: place, path, seen, of }) => ({ class: name, in: place, path, seen, of })) },
          seen: endpoint.seen,
          count: Math.max(...inUrl.map(({ seen }) => seen)),
        },
      ]
    }),
}

/** Machines' addresses and places on a map are looked up by URL everywhere. */
const harmless: ReadonlySet<string> = new Set(['ip_address', 'mac_address', 'location'])
