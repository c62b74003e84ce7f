import { stableId } from '../base/ids.ts'
import { addCounts, mergeHistogram, mergeShape, mergeValues } from '../observation/merge.ts'
import type { Histogram, Observation } from '../observation/observation.ts'
import { countBySource, headline, richer } from './by_source.ts'
import type { AuthSummary, Body, Clients, DocumentedAs, Endpoint, TimeSpan } from './inventory.ts'
import { isStaticPath } from './media.ts'
import { parametersOf } from './parameters.ts'
import { emptyShape } from '../observation/empty_shape.ts'
import { noValues } from './shape_parts.ts'
import { distinctOf } from './sketch.ts'
import { skeletonOf } from './template/segment.ts'
import type { Template } from './template/templates.ts'

/** The id of an endpoint; parameter names are no part of it, so that a rename moves nothing. */
export function endpointId(serviceName: string, method: string, template: string): string {
  return stableId('ep_', serviceName, method, skeletonOf(template))
}

/** The id of a service. */
export function serviceId(serviceName: string): string {
  return stableId('svc_', serviceName)
}

/** What was seen of one method and template; without observations, a documented operation that was not seen. */
export function endpointOf(
  serviceName: string,
  method: string,
  template: Template,
  observations: readonly Observation[],
  documented: DocumentedAs | null,
): Endpoint {
  const sources = countBySource(observations)
  return {
    id: endpointId(serviceName, method, template.text),
    service: serviceId(serviceName),
    method,
    template: template.text,
    kind: kindOf(method, observations),
    decisions: template.decisions,
    confidence: Math.round(template.decisions.reduce((product, { confidence }) => product * confidence, 1) * 100) / 100,
    pathShapes: [...new Set(observations.map(({ key }) => key.path))].toSorted().slice(0, pathShapesMax),
    documented,
    exchanges: headline(sources),
    sources,
    seen: spanOf(observations),
    statuses: statusesOf(observations),
    parameters: parametersOf(observations, template.decisions),
    request: requestOf(observations),
    emptyRequests: documented?.operation.requestBody?.required === true ? richer(observations, emptyRequestsOf, (count) => count) : 0,
    responses: responsesOf(observations),
    auth: richer(observations, authOf, ({ of }) => of),
    clients: clientsOf(observations),
    latencyUs: richer(observations, latencyOf, ({ count }) => count),
    facts: factsOf(observations),
    moments: momentsOf(observations),
  }
}

/** First and last event time, null where no source had times. */
export function spanOf(observations: readonly Observation[]): TimeSpan | null {
  const firstMs = observations.reduce((least, { firstSeenMs }) => Math.min(least, firstSeenMs), Infinity)
  const lastMs = observations.reduce((most, { lastSeenMs }) => Math.max(most, lastSeenMs), -Infinity)
  return Number.isFinite(firstMs) && Number.isFinite(lastMs) ? { firstMs, lastMs } : null
}

function kindOf(method: string, observations: readonly Observation[]): string {
  if (observations.length > 0 && (method === 'GET' || method === 'HEAD') && observations.every(({ key }) => isStaticPath(key.path))) return 'static'
  const [kind = 'rest'] = [...new Set(observations.map(({ key }) => key.kind))].toSorted()
  return kind === '' ? 'rest' : kind
}

function statusesOf(observations: readonly Observation[]): ReadonlyMap<number, number> {
  const byStatus = Map.groupBy(observations, ({ key }) => key.status)
  return new Map([...byStatus].toSorted(([a], [b]) => a - b).map(([status, own]) => [status, headline(countBySource(own))]))
}

/** Bodies of refused requests say what clients got wrong, not what the endpoint takes: they count only where there are no others. */
function requestOf(observations: readonly Observation[]): ReadonlyMap<string, Body> {
  const withBody = observations.filter(({ key, requestBody }) => key.requestMediaType !== '' || requestBody.seen > 0)
  const accepted = withBody.filter(({ key }) => key.status < 400)
  return bodiesOf(
    accepted.length > 0 ? accepted : withBody,
    ({ key }) => key.requestMediaType,
    ({ requestBody }) => requestBody,
  )
}

function emptyRequestsOf(observations: readonly Observation[]): number {
  const accepted = observations.filter(({ key }) => key.status >= 200 && key.status < 300)
  return accepted.reduce((sum, { requestBytes, facts }) => sum + Math.max(0, (requestBytes.buckets.get(zeroBucket) ?? 0) - (facts.get(incomplete) ?? 0)), 0)
}

/** Where a histogram counts zeros. */
const zeroBucket = -1
const incomplete = 'fact.incomplete_request'

function responsesOf(observations: readonly Observation[]): ReadonlyMap<number, ReadonlyMap<string, Body>> {
  const byStatus = Map.groupBy(
    observations.filter(({ key, responseBody }) => key.status > 0 || responseBody.seen > 0),
    ({ key }) => key.status,
  )
  return new Map(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, own]) => {
        const withBody = own.filter(({ key, responseBody }) => key.responseMediaType !== '' || responseBody.seen > 0)
        return [
          status,
          bodiesOf(
            withBody,
            ({ key }) => key.responseMediaType,
            ({ responseBody }) => responseBody,
          ),
        ]
      }),
  )
}

function bodiesOf(
  observations: readonly Observation[],
  mediaTypeOf: (observation: Observation) => string,
  shapeOf: (observation: Observation) => Body['shape'],
): ReadonlyMap<string, Body> {
  const byMediaType = Map.groupBy(observations, mediaTypeOf)
  return new Map(
    [...byMediaType]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([mediaType, own]) => {
        const shape = richer(
          own,
          (ofOneSource) => ofOneSource.map(shapeOf).reduce(mergeShape, emptyShape),
          ({ seen }) => seen,
        )
        return [mediaType, { messages: headline(countBySource(own)), shape }]
      }),
  )
}

function authOf(observations: readonly Observation[]): AuthSummary {
  const kinds = new Map<string, number>()
  let none = 0
  let of = 0
  let acceptedWithout = 0
  for (const { key, count, headers, cookies, facts } of observations) {
    const readable = key.source === 'packets' || key.hasCredentials || headers.seen > 0 || cookies.seen > 0
    if (!readable) continue
    of += count
    for (const [fact, seen] of facts)
      if (fact.startsWith(authFact)) kinds.set(fact.slice(authFact.length), (kinds.get(fact.slice(authFact.length)) ?? 0) + seen)
    if (key.hasCredentials) continue
    none += count
    if (key.status > 0 && key.status < 400) acceptedWithout += count
  }
  return { kinds: sortedByName(kinds), none, of, acceptedWithout }
}

function clientsOf(observations: readonly Observation[]): Clients {
  const all = observations.reduce((merged, observation) => mergeValues(merged, observation.clients), noValues)
  const distinct = distinctOf(all)
  const kinds = new Map<string, number>()
  for (const hash of all.hashes) {
    const kind = clientKinds[hash % clientKinds.length] ?? 'unknown'
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  // Beyond the sketch the share of each kind among the kept ones stands for all.
  const scale = all.hashes.length === 0 ? 1 : distinct / all.hashes.length
  return { distinct, kinds: sortedByName(new Map([...kinds].map(([kind, seen]) => [kind, Math.round(seen * scale)]))) }
}

const authFact = 'auth.'

/** By the two lowest bits of a client's hash. */
const clientKinds = ['unknown', 'browser', 'service', 'scanner'] as const

function factsOf(observations: readonly Observation[]): ReadonlyMap<string, number> {
  let facts: ReadonlyMap<string, number> = new Map()
  for (const observation of observations) facts = addCounts(facts, observation.facts)
  return sortedByName(facts)
}

function latencyOf(observations: readonly Observation[]): Histogram {
  let latency: Histogram = { count: 0, sum: 0, buckets: new Map() }
  for (const { latencyUs } of observations) latency = mergeHistogram(latency, latencyUs)
  return latency
}

function momentsOf(observations: readonly Observation[]): ReadonlyMap<string, number> {
  const earliest = new Map<string, number>()
  for (const { moments } of observations) {
    for (const [name, moment] of moments) earliest.set(name, Math.min(moment, earliest.get(name) ?? moment))
  }
  return sortedByName(earliest)
}

function sortedByName(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Enough to see how a template came about; a flood of words must not make an inventory long. */
const pathShapesMax = 100
