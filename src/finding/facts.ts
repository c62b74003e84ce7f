import { dayMs } from '../base/day.ts'
import type { FactsDocument } from '../inventory/document.ts'
import type { Endpoint, Service, TimeSpan } from '../inventory/inventory.ts'
import { segmentsOf, skeletonOf } from '../inventory/template/segment.ts'

/** The orthogonal facts of an endpoint; labels are rules over them. Nothing here looks at a clock: the window ends where the traffic does. */
export function factsOf(endpoint: Endpoint, service: Service, newest: NewestVersions, window: TimeSpan | null): FactsDocument {
  const { documented } = endpoint
  return {
    documented: documented !== null,
    serviceRegistered: service.specs.length > 0,
    deprecatedInSpec: documented?.operation.deprecated ?? false,
    deprecatedInTraffic: (endpoint.facts.get('fact.deprecation') ?? 0) > 0,
    removedInNewerSpec: documented?.removedInNewerSpec ?? false,
    supersededVersion: isSuperseded(endpoint, newest),
    sunsetPassed: isSunsetPassed(endpoint),
    seenInWindow: isSeenInWindow(endpoint, window),
    accepted: isAccepted(endpoint),
    ownerKnown: service.owner !== null,
    coverage: service.visibility.coverage,
  }
}

/** Any 2xx, 101 or 304, or a redirect that leads neither to a login nor to an error page. */
function isAccepted({ statuses, facts }: Endpoint): boolean {
  let redirects = 0
  for (const [status, count] of statuses) {
    if (count === 0) continue
    if ((status >= 200 && status < 300) || status === 101 || status === 304) return true
    if (status >= 300 && status < 400) redirects += count
  }
  return redirects > (facts.get('fact.redirect_login') ?? 0) + (facts.get('fact.redirect_error') ?? 0)
}

/** Whether all answers were 401, 403 or 405. */
export function isBlocked({ statuses }: Endpoint): boolean {
  const answered = [...statuses.keys()].filter((status) => status > 0)
  return answered.length > 0 && answered.every((status) => status === 401 || status === 403 || status === 405)
}

/** Seen in the last `windowDays` of event time; what has no times was seen. */
export function isSeenInWindow({ exchanges, seen }: Endpoint, window: TimeSpan | null): boolean {
  if (exchanges === 0) return false
  return seen === null || window === null || seen.lastMs + windowMs >= window.lastMs
}

/**
 * The windows for which everything in `endpoints` is seen, or is not, as it is for `window`: their ends from the first moment to the last. All where there is none
 * yet, since then no endpoint has times.
 */
export function sameWindows(endpoints: readonly Endpoint[], window: TimeSpan | null): TimeSpan {
  let [firstMs, lastMs] = [-Infinity, Infinity]
  for (const { exchanges, seen } of endpoints) {
    if (exchanges === 0 || seen === null || window === null) continue
    const until = seen.lastMs + windowMs
    if (until >= window.lastMs) lastMs = Math.min(lastMs, until)
    else firstMs = Math.max(firstMs, until)
  }
  return { firstMs, lastMs }
}

/** Past the moment of a Sunset header (RFC 8594) or of the spec, compared with the last exchange. */
function isSunsetPassed({ moments, documented, seen }: Endpoint): boolean {
  const sunsets = [moments.get('sunset'), documented?.operation.sunsetMs].filter((moment) => moment !== undefined && moment !== null)
  return seen !== null && sunsets.some((moment) => moment < seen.lastMs)
}

/** The same method and path was accepted below a higher version segment. */
function isSuperseded({ method, template }: Endpoint, newest: NewestVersions): boolean {
  const own = versionOf(template)
  return own !== null && own.version < (newest.get(`${method} ${own.rest}`) ?? 0)
}

/** The highest version that was accepted of each method and path. */
export type NewestVersions = ReadonlyMap<string, number>

export function newestVersionsOf({ endpoints }: Service): NewestVersions {
  const newest = new Map<string, number>()
  for (const endpoint of endpoints) {
    const own = endpoint.exchanges > 0 && isAccepted(endpoint) ? versionOf(endpoint.template) : null
    if (own === null) continue
    const place = `${endpoint.method} ${own.rest}`
    newest.set(place, Math.max(own.version, newest.get(place) ?? 0))
  }
  return newest
}

/** The first version segment of a template and what is left without it. */
function versionOf(template: string): { readonly version: number; readonly rest: string } | null {
  const segments = segmentsOf(skeletonOf(template))
  const index = segments.findIndex((segment) => versionForm.test(segment))
  const version = versionForm.exec(segments[index] ?? '')?.[1]
  return version === undefined ? null : { version: Number(version), rest: segments.with(index, 'v').join('/') }
}

const versionForm = /^v(\d{1,3}(?:\.\d{1,3})?)$/
/** What was not seen for so long, in event time, is not in use. */
export const windowDays = 30
const windowMs = windowDays * dayMs
