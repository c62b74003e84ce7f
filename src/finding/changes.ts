import { runThrough } from '../base/run_through.ts'
import type { JsonSchema, JsonSchemaValue } from '../inventory/document.ts'
import { PackedEndpoint } from '../inventory/packed_endpoint.ts'
import { operationAt } from '../observation/operation.ts'
import { settledMin, unpackedContract } from './contract.ts'
import { isOpen } from './is_open.ts'
import { schemaChanges } from './schema_changes.ts'
import { endpointText, type Told, type ToldEndpoint, type ToldFinding, type ToldService } from './told.ts'

/** One thing that is not as it was. */
export interface Change {
  readonly kind: 'service' | 'spec' | 'endpoint' | 'finding'
  /** The id of what changed. */
  readonly subject: string
  readonly what: ChangeName
  /** Names, kinds and classes that the inventory shows; no counts, since these always change. */
  readonly details: JsonSchema
}

/** Every change of a service or an endpoint, as rules of alerts name it. */
export const eventKinds: readonly string[] = [
  'service.appeared',
  'service.gone',
  'service.changed',
  'endpoint.appeared',
  'endpoint.gone',
  'endpoint.labels_changed',
  'endpoint.data_classes_appeared',
  'endpoint.statuses_appeared',
  'endpoint.auth_changed',
  'endpoint.schema_changed',
]

type ChangeName =
  | 'appeared'
  | 'gone'
  | 'labels_changed'
  | 'data_classes_appeared'
  | 'statuses_appeared'
  | 'auth_changed'
  | 'schema_changed'
  | 'changed'
  | 'opened'
  | 'severity_changed'
  | 'resolved'

/** Of what a change lists so many are named, the first of them in their order; the others are counted. */
const listedMax = 50

/**
 * What differs between two inventories, sorted by kind, subject and name of the change. An endpoint appears with its first exchange, not with its spec, and
 * one that only now appears has no further changes; equal traffic in other numbers gives none. Endpoints of services that are the same object in both are not looked at.
 */
export function changesBetween(before: Told, after: Told): Change[] {
  return runThrough(comparing(before, after))
}

/** The same in pieces, an endpoint each. */
export function* comparing(before: Told, after: Told): Generator<void, Change[]> {
  const others = [...serviceChanges(before, after), ...specChanges(before, after), ...findingChanges(before, after)]
  return others
    .concat(yield* endpointChanges(before, after))
    .toSorted((one, other) => compare(one.kind, other.kind) || compare(one.subject, other.subject) || compare(one.what, other.what))
}

function serviceChanges(before: Told, after: Told): Change[] {
  const [old, now] = [byId(before.services), byId(after.services)]
  return [
    ...[...now.values()]
      .filter(({ id }) => !old.has(id))
      .map(({ id, name }): Change => ({ kind: 'service', subject: id, what: 'appeared', details: { name } })),
    ...[...old.values()].filter(({ id }) => !now.has(id)).map(({ id, name }): Change => ({ kind: 'service', subject: id, what: 'gone', details: { name } })),
    ...[...now.values()].flatMap((is) => {
      const details = serviceDifferences(old.get(is.id), is)
      return Object.keys(details).length === 0 ? [] : [{ kind: 'service', subject: is.id, what: 'changed', details: { name: is.name, ...details } } as const]
    }),
  ]
}

/** Of a service that has settled: until then everything of it is new. Names come and go with what is seen of it, so only those that come are told. */
function serviceDifferences(was: ToldService | undefined, is: ToldService): JsonSchema {
  if (was === undefined || Math.min(was.exchanges ?? 0, is.exchanges ?? 0) < settledMin) return {}
  const details: Record<string, JsonSchemaValue> = {}
  for (const name of ['direction', 'owner'] as const) {
    if (was[name] !== is[name]) details[name] = { from: was[name] ?? null, to: is[name] ?? null }
  }
  for (const name of ['hosts', 'kinds'] as const) {
    const known = new Set(was[name])
    const added = (is[name] ?? []).filter((each) => !known.has(each)).toSorted()
    if (added.length > 0) details[name] = bounded('added', added)
  }
  return details
}

/** A document appears with the first service it is for; its id is that of its content, so one that was edited goes, and another one appears. */
function specChanges(before: Told, after: Told): Change[] {
  const [old, now] = [servicesBySpec(before), servicesBySpec(after)]
  return [
    ...[...now].filter(([id]) => !old.has(id)).map((spec) => specChange('appeared', spec)),
    ...[...old].filter(([id]) => !now.has(id)).map((spec) => specChange('gone', spec)),
  ]
}

function specChange(what: ChangeName, [subject, services]: readonly [string, readonly string[]]): Change {
  return { kind: 'spec', subject, what, details: { services } }
}

function servicesBySpec({ services }: Told): ReadonlyMap<string, readonly string[]> {
  const bySpec = new Map<string, string[]>()
  for (const { name, specs } of services) for (const id of specs) bySpec.set(id, [...(bySpec.get(id) ?? []), name])
  return bySpec
}

/** An endpoint with the name of its service. */
interface Placed {
  readonly id: string
  readonly service: string
  readonly endpoint: ToldEndpoint
}

function* endpointChanges(before: Told, after: Told): Generator<void, Change[]> {
  const [were, are] = [new Set(before.services), new Set(after.services)]
  const [old, now] = [
    byId(placed(before.services.filter((service) => !are.has(service)))),
    byId(placed(after.services.filter((service) => !were.has(service)))),
  ]
  const changes: Change[] = []
  for (const was of old.values()) if (isSeen(was) && !isSeen(now.get(was.id))) changes.push(endpointChange(was, 'gone', nameOf(was)))
  for (const is of now.values()) {
    const was = old.get(is.id)
    if (isSeen(is) && !isSeen(was)) changes.push(endpointChange(is, 'appeared', { ...nameOf(is), labels: is.endpoint.labels }))
    else if (was !== undefined && isSeen(was) === isSeen(is)) changes.push(...differences(was, is))
    yield
  }
  return changes
}

function differences(was: Placed, is: Placed): Change[] {
  if (isSame(was.endpoint, is.endpoint)) return []
  const difference = (what: ChangeName, of: (endpoint: ToldEndpoint) => readonly string[], withRemoved = false): Change[] => {
    const [old, now] = [new Set(of(was.endpoint)), new Set(of(is.endpoint))]
    const added = [...now].filter((name) => !old.has(name)).toSorted()
    const removed = [...old].filter((name) => !now.has(name)).toSorted()
    if (withRemoved) return added.length + removed.length === 0 ? [] : [endpointChange(is, what, { ...nameOf(is), added, removed })]
    return added.length === 0 ? [] : [endpointChange(is, what, { ...nameOf(is), ...bounded('added', added) })]
  }
  const opens = beginsToAnswerAnyone(was.endpoint, is.endpoint)
  const schemas = schemaChanges(was.endpoint, is.endpoint)
  return [
    ...difference('labels_changed', ({ labels }) => labels, true),
    ...difference(
      'auth_changed',
      (endpoint) => [...endpoint.auth.map(({ kind }) => kind), ...(opens && endpoint === is.endpoint ? [noCredentials] : [])],
      true,
    ),
    ...difference('statuses_appeared', ({ statuses }) => Object.keys(statuses)),
    ...(schemas.length === 0 ? [] : [endpointChange(is, 'schema_changed', { ...nameOf(is), ...bounded('changes', schemas) })]),
    ...difference('data_classes_appeared', ({ dataClasses }) => dataClasses.map((found) => `${found.class} in ${found.in} ${found.path}`)),
  ]
}

/** What stands among kinds of credentials where requests without any are answered. */
const noCredentials = 'none'

/** Whether requests without credentials are answered with success, and none was of those, enough, of which one could tell before. */
function beginsToAnswerAnyone(before: ToldEndpoint, after: ToldEndpoint): boolean {
  if (before.exchanges < settledMin) return false
  const [was, is] = [unpackedContract(before).withoutCredentials, unpackedContract(after).withoutCredentials]
  return was !== undefined && was.of >= settledMin && was.seen === 0 && (is?.seen ?? 0) > 0
}

/** Mostly it is the one that was published before, or only its counts are others. */
function isSame(was: ToldEndpoint, is: ToldEndpoint): boolean {
  return was === is || (was instanceof PackedEndpoint && is instanceof PackedEndpoint && endpointText(was) === endpointText(is))
}

function bounded(name: string, list: readonly JsonSchemaValue[]): JsonSchema {
  return list.length <= listedMax ? { [name]: list } : { [name]: list.slice(0, listedMax), more: list.length - listedMax }
}

function findingChanges(before: Told, after: Told): Change[] {
  const [old, now] = [byId(before.findings.filter(isOpen)), byId(after.findings.filter(isOpen))]
  return [
    ...[...now.values()].filter(({ id }) => !old.has(id)).map((finding) => findingChange('opened', finding)),
    ...[...old.values()].filter(({ id }) => !now.has(id)).map((finding) => findingChange('resolved', finding)),
    ...[...now.values()].flatMap((finding) => {
      const before = old.get(finding.id)?.severity ?? finding.severity
      return before === finding.severity ? [] : [findingChange('severity_changed', finding, { before })]
    }),
  ]
}

function findingChange(what: ChangeName, { id, kind, severity, service, endpoint, title }: ToldFinding, more: JsonSchema = {}): Change {
  return { kind: 'finding', subject: id, what, details: { kind, severity, service, endpoint, title, ...more } }
}

function placed(services: readonly ToldService[]): Placed[] {
  return services.flatMap(({ name, endpoints }) => endpoints.map((endpoint): Placed => ({ id: endpoint.id, service: name, endpoint })))
}

function isSeen(place: Placed | undefined): boolean {
  return place !== undefined && place.endpoint.exchanges > 0
}

function endpointChange({ id }: Placed, what: ChangeName, details: JsonSchema): Change {
  return { kind: 'endpoint', subject: id, what, details }
}

function nameOf({ service, endpoint }: Placed): JsonSchema {
  const operation = operationAt(endpoint)
  return { service, method: endpoint.method, template: endpoint.template, ...(operation === null ? {} : { operation }) }
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [each.id, each]))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
