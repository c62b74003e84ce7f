import type { Label, DataClassDocument, FindingDocument, JsonSchema, JsonSchemaValue } from '../inventory/document.ts'
import { PackedEndpoint } from '../inventory/packed_endpoint.ts'
import { toldContract, type Contract } from './contract.ts'
import { isOpen } from './is_open.ts'
import { schemaChanges } from './schema_changes.ts'

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
  | 'opened'
  | 'resolved'

/** Of what a change lists so many are named, the first of them in their order; the others are counted. */
const listedMax = 50

/** What of an inventory is compared: an inventory is one, `toldText` has no more than this. */
export interface Told {
  readonly services: readonly ToldService[]
  readonly findings: readonly ToldFinding[]
}

type ToldFinding = Pick<FindingDocument, 'id' | 'kind' | 'severity' | 'service' | 'endpoint' | 'state' | 'title'>

interface ToldService {
  readonly id: string
  readonly name: string
  readonly specs: readonly string[]
  readonly endpoints: readonly ToldEndpoint[]
}

interface ToldEndpoint extends Contract {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly labels: readonly Label[]
  readonly auth: ReadonlyArray<{ readonly kind: string }>
  readonly dataClasses: ReadonlyArray<Pick<DataClassDocument, 'class' | 'in' | 'path'>>
}

/**
 * What differs between two inventories, sorted by kind, subject and name of the change. An endpoint appears with its first exchange, not with its spec, and
 * one that only now appears has no further changes; equal traffic in other numbers gives none.
 */
export function changesBetween(before: Told, after: Told): Change[] {
  return [...serviceChanges(before, after), ...specChanges(before, after), ...endpointChanges(before, after), ...findingChanges(before, after)].toSorted(
    (one, other) => compare(one.kind, other.kind) || compare(one.subject, other.subject) || compare(one.what, other.what),
  )
}

/** What there is to compare with later, as JSON of a `Told`; counts are no more than whether there are any, and enough to compare. */
export function toldText({ services, findings }: Told): string {
  const told = services.map(
    ({ id, name, specs, endpoints }) => `${JSON.stringify({ id, name, specs }).slice(0, -1)},"endpoints":[${endpoints.map(endpointText).join(',')}]}`,
  )
  const open = findings
    .filter(isOpen)
    .map(({ id, kind, severity, service, endpoint, state, title }) => ({ id, kind, severity, service, endpoint, state, title }))
  return `{"services":[${told.join(',')}],"findings":${JSON.stringify(open)}}`
}

/** Made once of an endpoint that is published, as long as that is held: most are the same in the next publication. */
function endpointText(endpoint: ToldEndpoint): string {
  if (!(endpoint instanceof PackedEndpoint)) return JSON.stringify(toldEndpoint(endpoint))
  let text = texts.get(endpoint)
  if (text === undefined) texts.set(endpoint, (text = JSON.stringify(toldEndpoint(endpoint))))
  return text
}

const texts = new WeakMap<PackedEndpoint, string>()

function toldEndpoint(endpoint: ToldEndpoint): ToldEndpoint {
  const { id, method, template, labels, auth, dataClasses } = endpoint
  return {
    ...toldContract(endpoint),
    id,
    method,
    template,
    labels,
    auth: auth.map(({ kind }) => ({ kind })),
    dataClasses: dataClasses.map((found) => ({ class: found.class, in: found.in, path: found.path })),
  }
}

function serviceChanges(before: Told, after: Told): Change[] {
  const [old, now] = [byId(before.services), byId(after.services)]
  return [
    ...[...now.values()]
      .filter(({ id }) => !old.has(id))
      .map(({ id, name }): Change => ({ kind: 'service', subject: id, what: 'appeared', details: { name } })),
    ...[...old.values()].filter(({ id }) => !now.has(id)).map(({ id, name }): Change => ({ kind: 'service', subject: id, what: 'gone', details: { name } })),
  ]
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

function endpointChanges(before: Told, after: Told): Change[] {
  const [old, now] = [byId(placed(before)), byId(placed(after))]
  const gone = [...old.values()].filter((was) => isSeen(was) && !isSeen(now.get(was.id)))
  return [
    ...gone.map((was) => endpointChange(was, 'gone', nameOf(was))),
    ...[...now.values()].flatMap((is) => {
      const was = old.get(is.id)
      if (isSeen(is) && !isSeen(was)) return [endpointChange(is, 'appeared', { ...nameOf(is), labels: is.endpoint.labels })]
      return was === undefined || isSeen(was) !== isSeen(is) ? [] : differences(was, is)
    }),
  ]
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
  const schemas = schemaChanges(was.endpoint, is.endpoint)
  return [
    ...difference('labels_changed', ({ labels }) => labels, true),
    ...difference('auth_changed', ({ auth }) => auth.map(({ kind }) => kind), true),
    ...difference('statuses_appeared', ({ statuses }) => Object.keys(statuses)),
    ...(schemas.length === 0 ? [] : [endpointChange(is, 'schema_changed', { ...nameOf(is), ...bounded('changes', schemas) })]),
    ...difference('data_classes_appeared', ({ dataClasses }) => dataClasses.map((found) => `${found.class} in ${found.in} ${found.path}`)),
  ]
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
  ]
}

function findingChange(what: ChangeName, { id, kind, severity, service, endpoint, title }: ToldFinding): Change {
  return { kind: 'finding', subject: id, what, details: { kind, severity, service, endpoint, title } }
}

function placed({ services }: Told): Placed[] {
  return services.flatMap(({ name, endpoints }) => endpoints.map((endpoint): Placed => ({ id: endpoint.id, service: name, endpoint })))
}

function isSeen(place: Placed | undefined): boolean {
  return place !== undefined && place.endpoint.exchanges > 0
}

function endpointChange({ id }: Placed, what: ChangeName, details: JsonSchema): Change {
  return { kind: 'endpoint', subject: id, what, details }
}

function nameOf({ service, endpoint: { method, template } }: Placed): JsonSchema {
  return { service, method, template }
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [each.id, each]))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
