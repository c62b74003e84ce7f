import { runThrough } from '../base/run_through.ts'
import type { Label, DataClassDocument, FindingDocument } from '../inventory/document.ts'
import { PackedEndpoint } from '../inventory/packed_endpoint.ts'
import { operationAt } from '../observation/operation.ts'
import { level, toldContract, type Contract } from './contract.ts'
import { isOpen } from './is_open.ts'

/** What of an inventory is compared: an inventory is one, `toldText` has no more than this. */
export interface Told {
  readonly services: readonly ToldService[]
  readonly findings: readonly ToldFinding[]
}

export type ToldFinding = Pick<FindingDocument, 'id' | 'kind' | 'severity' | 'service' | 'endpoint' | 'state' | 'title'>

/** What is compared of a service is absent where an earlier version told of it. */
export interface ToldService {
  readonly id: string
  readonly name: string
  readonly specs: readonly string[]
  readonly exchanges?: number
  readonly hosts?: readonly string[]
  readonly direction?: string
  readonly kinds?: readonly string[]
  readonly owner?: string | null
  readonly endpoints: readonly ToldEndpoint[]
}

export interface ToldEndpoint extends Contract {
  readonly id: string
  readonly method: string
  readonly template: string
  /** Both are kept of one that has an operation alone. */
  readonly kind?: string
  readonly operationId?: string | null
  readonly labels: readonly Label[]
  readonly auth: ReadonlyArray<{ readonly kind: string }>
  readonly dataClasses: ReadonlyArray<Pick<DataClassDocument, 'class' | 'in' | 'path'>>
}

/** What there is to compare with later, as JSON of a `Told`; counts are no more than whether there are any, and enough to compare. */
export function toldText(told: Told): string {
  return runThrough(tellingText(told))
}

/** The same in pieces. */
export function* tellingText({ services, findings }: Told): Generator<void, string, void> {
  const told: string[] = []
  for (const { endpoints, ...service } of services) {
    told.push(`${JSON.stringify(toldService(service)).slice(0, -1)},"endpoints":[${endpoints.map(endpointText).join(',')}]}`)
    yield
  }
  const open: string[] = []
  for (const [at, finding] of findings.entries()) {
    if (at % findingsPerPiece === findingsPerPiece - 1) yield
    if (!isOpen(finding)) continue
    const { id, kind, severity, service, endpoint, state, title } = finding
    open.push(JSON.stringify({ id, kind, severity, service, endpoint, state, title }))
  }
  return `{"services":[${told.join(',')}],"findings":[${open.join(',')}]}`
}

const findingsPerPiece = 500

function toldService({
  id,
  name,
  specs,
  exchanges = 0,
  hosts = [],
  direction = '',
  kinds = [],
  owner = null,
}: Omit<ToldService, 'endpoints'>): Omit<ToldService, 'endpoints'> {
  return { id, name, specs, exchanges: level(exchanges), hosts, direction, kinds, owner }
}

/** Made once of an endpoint that is published, as long as that is held: most are the same in the next publication. */
export function endpointText(endpoint: ToldEndpoint): string {
  if (!(endpoint instanceof PackedEndpoint)) return JSON.stringify(toldEndpoint(endpoint))
  let text = texts.get(endpoint)
  if (text === undefined) texts.set(endpoint, (text = JSON.stringify(toldEndpoint(endpoint))))
  return text
}

const texts = new WeakMap<PackedEndpoint, string>()

function toldEndpoint(endpoint: ToldEndpoint): ToldEndpoint {
  const { id, method, template, kind, labels, auth, dataClasses } = endpoint
  const operationId = operationAt(endpoint)
  return {
    ...toldContract(endpoint),
    id,
    method,
    template,
    ...(operationId === null || kind === undefined ? {} : { kind, operationId }),
    labels,
    auth: auth.map(({ kind }) => ({ kind })),
    dataClasses: dataClasses.map((found) => ({ class: found.class, in: found.in, path: found.path })),
  }
}
