import { stableId } from '../base/ids.ts'
import type { Observation } from '../observation/observation.ts'
import { operationOf } from '../observation/operation.ts'
import type { ShapePart } from '../observation/packed.ts'
import { clientsOf, factsOf, histogramOf, shapeOf } from '../observation/part_sums.ts'
import { countBySource, headline, richer } from './by_source.ts'
import type { AuthSummary, Body, Clients, DocumentedAs, Endpoint } from './inventory.ts'
import { isStaticPath } from './media.ts'
import { parametersOf } from './parameters.ts'
import { distinctOf } from './sketch.ts'
import { spanOf } from './span.ts'
import { skeletonOf } from './template/segment.ts'
import type { Template } from './template/templates.ts'

/**
 * The id of an endpoint; parameter names are no part of it, so that a rename moves nothing. `keyKind` is that of the keys where they name an operation.
 */
export function endpointId(serviceName: string, method: string, template: string, keyKind: string | null = null): string {
  return stableId('ep_', serviceName, method, skeletonOf(template), ...(keyKind === null ? [] : [keyKind]))
}

/** The id of a service. */
export function serviceId(serviceName: string): string {
  return stableId('svc_', serviceName)
}

/** What was seen of one method, template and operation (`keyKind` names it, null for none); without observations, a documented operation that was not seen. */
export function endpointOf(
  serviceName: string,
  method: string,
  template: Template,
  observations: readonly Observation[],
  documented: DocumentedAs | null,
  keyKind: string | null = null,
): Endpoint {
  const sources = countBySource(observations)
  return {
    id: endpointId(serviceName, method, template.text, keyKind),
    service: serviceId(serviceName),
    method,
    template: template.text,
    kind: kindOf(method, observations),
    operation: keyKind === null ? null : operationOf(keyKind).operation,
    decisions: template.decisions,
    settled: template.settled,
    aliases: template.aliases,
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
    clients: clientsSeen(observations),
    latencyUs: richer(
      observations,
      (own) => histogramOf(own, 'latencyUs'),
      ({ count }) => count,
    ),
    facts: sortedByName(factsOf(observations)),
    moments: momentsOf(observations),
  }
}

function kindOf(method: string, observations: readonly Observation[]): string {
  if (observations.length > 0 && (method === 'GET' || method === 'HEAD') && observations.every(({ key }) => isStaticPath(key.path))) return 'static'
  // A refused handshake looks like any request: what was agreed to tells more.
  const [kind = 'rest'] = [...new Set(observations.map(({ key }) => operationOf(key.kind).kind))].filter((kind) => kind !== '' && kind !== 'rest').toSorted()
  return kind
}

function statusesOf(observations: readonly Observation[]): ReadonlyMap<number, number> {
  const byStatus = Map.groupBy(observations, ({ key }) => key.status)
  return new Map([...byStatus].toSorted(([a], [b]) => a - b).map(([status, own]) => [status, headline(countBySource(own))]))
}

/** Bodies of refused requests say what clients got wrong, not what the endpoint takes: they count only where there are no others. */
function requestOf(observations: readonly Observation[]): ReadonlyMap<string, Body> {
  const withBody = observations.filter((observation) => observation.key.requestMediaType !== '' || observation.requestBody.seen > 0)
  const accepted = withBody.filter(({ key }) => key.status < 400)
  return bodiesOf(accepted.length > 0 ? accepted : withBody, ({ key }) => key.requestMediaType, 'requestBody')
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
    observations.filter((observation) => observation.key.status > 0 || observation.responseBody.seen > 0),
    ({ key }) => key.status,
  )
  return new Map(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, own]) => {
        const withBody = own.filter((observation) => observation.key.responseMediaType !== '' || observation.responseBody.seen > 0)
        return [status, bodiesOf(withBody, ({ key }) => key.responseMediaType, 'responseBody')]
      }),
  )
}

function bodiesOf(observations: readonly Observation[], mediaTypeOf: (observation: Observation) => string, part: ShapePart): ReadonlyMap<string, Body> {
  const byMediaType = Map.groupBy(observations, mediaTypeOf)
  return new Map(
    [...byMediaType]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([mediaType, own]) => {
        const shape = richer(
          own,
          (ofOneSource) => shapeOf(ofOneSource, part),
          ({ seen }) => seen,
        )
        return [mediaType, { messages: headline(countBySource(own)), shape }]
      }),
  )
}

function authOf(observations: readonly Observation[]): AuthSummary {
  const readable = observations.filter((own) => own.key.source === 'packets' || own.key.hasCredentials || own.headers.seen > 0 || own.cookies.seen > 0)
  const kinds = new Map<string, number>()
  for (const [fact, seen] of factsOf(readable)) if (fact.startsWith(authFact)) kinds.set(fact.slice(authFact.length), seen)
  let none = 0
  let of = 0
  let acceptedWithout = 0
  let answeredWithout = 0
  for (const { key, count } of readable) {
    of += count
    if (key.hasCredentials) continue
    none += count
    if (key.status > 0 && key.status < 400) acceptedWithout += count
    if (isSuccess(key.status)) answeredWithout += count
  }
  return { kinds: sortedByName(kinds), none, of, acceptedWithout, answeredWithout }
}

function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === 101 || status === 304
}

function clientsSeen(observations: readonly Observation[]): Clients {
  const all = clientsOf(observations)
  const distinct = distinctOf(all)
  const seen = clientKinds.map(() => 0)
  for (const hash of all.hashes) {
    const kind = hash % clientKinds.length
    seen[kind] = (seen[kind] ?? 0) + 1
  }
  // Beyond the sketch the share of each kind among the kept ones stands for all.
  const scale = all.hashes.length === 0 ? 1 : distinct / all.hashes.length
  const kinds = clientKinds.map((kind, at): [string, number] => [kind, Math.round((seen[at] ?? 0) * scale)])
  return { distinct, kinds: sortedByName(new Map(kinds.filter(([, count]) => count > 0))) }
}

const authFact = 'auth.'

/** By the two lowest bits of a client's hash. */
const clientKinds = ['unknown', 'browser', 'service', 'scanner'] as const

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
