import type { EndpointDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import { endpointPlace } from '../inventory/endpoint_place.ts'
import type { OpenApiObject, OpenApiValue } from './openapi_object.ts'
import { securityOf, type SecuritySchemes } from './openapi_security.ts'

/**
 * What was observed of one service as an OpenAPI 3.1 document. Operations that were never seen are not in it; methods that OpenAPI does not know stand
 * below `x-additionalOperations` of their path, and what cannot be said at all (two paths that differ in parameter names only, all but one operation of GraphQL and its like) below `x-tapistry-omitted`.
 */
export function openApiDocument(service: ServiceDocument, inventory: InventoryDocument): OpenApiObject {
  const paths = new Map<string, PathItem>()
  const structures = new Map<string, string>()
  const operationIds = new Set<string>()
  const schemes: SecuritySchemes = new Map()
  const omitted: string[] = []
  for (const endpoint of service.endpoints) {
    if (endpoint.exchanges === 0) continue
    const path = endpoint.template.replaceAll('+}', '}')
    const structure = path.replaceAll(/\{[^}]*\}/g, '{}')
    const { method } = endpoint
    const known = structures.get(structure)
    const item = paths.get(path) ?? { methods: new Map(), others: new Map() }
    const operations = methods.has(method) ? item.methods : item.others
    if (!isToken.test(method) || !path.startsWith('/') || (known !== undefined && known !== path) || operations.has(method)) {
      omitted.push(`${endpoint.method} ${endpointPlace(endpoint)}`)
      continue
    }
    structures.set(structure, path)
    operations.set(method, operation(endpoint, path, schemes, operationIds))
    paths.set(path, item)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: service.name,
      version: (inventory.window.to ?? '1970-01-01').slice(0, 10),
      description: `Observed by Tapistry ${inventory.tapistryVersion}, not written by the owners: ${service.exchanges} exchanges${windowText(inventory)}, coverage ${service.visibility.coverage}.`,
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [serverOf(service.name)],
    paths: Object.fromEntries([...paths].map(([path, item]) => [path, pathItem(item)])),
    ...(schemes.size === 0 ? {} : { components: { securitySchemes: Object.fromEntries([...schemes].toSorted(byKey)) } }),
    ...(omitted.length === 0 ? {} : { 'x-tapistry-omitted': omitted }),
  }
}

/** The document as text, indented by two. */
export function openApiText(service: ServiceDocument, inventory: InventoryDocument): string {
  return `${JSON.stringify(openApiDocument(service, inventory), null, 2)}\n`
}

/** The name of the file of a service in a folder of documents: the service's name where a file may be called so, else its id. */
export function openApiFileName(service: ServiceDocument): string {
  const plain = service.name.replaceAll(':', '_')
  return /^[a-z0-9][a-z0-9._-]{0,120}$/.test(plain) ? `${plain}.openapi.json` : `${service.id}.openapi.json`
}

/** The operations of a path by method; `others` are of methods that OpenAPI does not know. */
interface PathItem {
  readonly methods: Map<string, OpenApiObject>
  readonly others: Map<string, OpenApiObject>
}

function pathItem({ methods, others }: PathItem): OpenApiObject {
  const known = Object.fromEntries([...methods].map(([method, operation]) => [method.toLowerCase(), operation]))
  return others.size === 0 ? known : { ...known, 'x-additionalOperations': Object.fromEntries(others) }
}

/** RFC 9110 §5.6.2; a method that is hidden is shown as its class, in braces. */
const isToken = /^[!#$%&'*+.^_`|~\w-]+$/

const methods: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])

/** Header parameters that OpenAPI describes elsewhere (§4.8.12.1): a parameter of that name is ignored by every reader. */
const headersElsewhere: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

function operation(endpoint: EndpointDocument, path: string, schemes: SecuritySchemes, operationIds: Set<string>): OpenApiObject {
  const parameters = parametersOf(endpoint, path)
  const requestTypes = Object.entries(endpoint.request.mediaTypes).filter(([, body]) => body.seen > 0)
  const security = securityOf(endpoint, schemes)
  const named = endpoint.operationId !== null && !operationIds.has(endpoint.operationId)
  if (named && endpoint.operationId !== null) operationIds.add(endpoint.operationId)
  return {
    ...(named && endpoint.operationId !== null ? { operationId: endpoint.operationId } : {}),
    ...(endpoint.labels.includes('zombie') ? { deprecated: true } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestTypes.length === 0 ? {} : { requestBody: { content: contentOf(requestTypes) } }),
    'responses': responsesOf(endpoint),
    security,
    'x-tapistry': {
      endpoint: endpoint.id,
      labels: [...endpoint.labels],
      exchanges: endpoint.exchanges,
      firstSeen: endpoint.firstSeen,
      lastSeen: endpoint.lastSeen,
      dataClasses: [...new Set(endpoint.dataClasses.map((row) => row.class))],
    },
  }
}

function parametersOf(endpoint: EndpointDocument, path: string): OpenApiObject[] {
  const inPath = new Set([...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? ''))
  const written = new Set<string>()
  const parameters: OpenApiObject[] = []
  const add = (place: string, name: string, required: boolean, schema: OpenApiValue): void => {
    if (written.has(`${place} ${name}`)) return
    written.add(`${place} ${name}`)
    parameters.push({ name, in: place, ...(required ? { required } : {}), schema })
  }
  for (const parameter of endpoint.parameters) {
    const name = parameter.name.replace(/\+$/, '')
    if (parameter.in === 'path' && !inPath.has(name)) continue
    if (parameter.in === 'header' && headersElsewhere.has(name.toLowerCase())) continue
    add(parameter.in, name, parameter.in === 'path' || parameter.required, parameter.schema)
  }
  // Every name in the path must be declared, also one of which nothing is known.
  for (const name of inPath) add('path', name, true, { type: 'string' })
  return parameters
}

function responsesOf(endpoint: EndpointDocument): OpenApiObject {
  const responses: OpenApiObject = {}
  for (const status of Object.keys(endpoint.statuses).toSorted()) {
    if (!/^[1-5]\d\d$/.test(status)) continue
    const types = Object.entries(endpoint.responses[status]?.mediaTypes ?? {}).filter(([type]) => type !== '')
    responses[status] = { description: `Seen ${endpoint.statuses[status] ?? 0} times`, ...(types.length === 0 ? {} : { content: contentOf(types) }) }
  }
  if (Object.keys(responses).length === 0) responses['default'] = withoutStatus(endpoint)
  return responses
}

/** Where no status is known there may be responses all the same, and bodies. */
function withoutStatus({ statusUnknown = 0, responses }: EndpointDocument): OpenApiObject {
  if (statusUnknown === 0) return { description: 'No response was seen' }
  const types = Object.entries(responses['0']?.mediaTypes ?? {}).filter(([type]) => type !== '')
  return { description: `Seen ${statusUnknown} times, with a status that is not known`, ...(types.length === 0 ? {} : { content: contentOf(types) }) }
}

function contentOf(types: ReadonlyArray<readonly [type: string, body: { readonly schema: OpenApiValue }]>): OpenApiObject {
  return Object.fromEntries(types.map(([type, { schema }]) => [type === '' ? '*/*' : type, { schema }]))
}

/** The scheme is not part of a service's identity: where the port does not tell, http is said, since that is what was read. */
function serverOf(name: string): OpenApiObject {
  if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(name)) return { url: '/', description: name }
  return { url: `${name.endsWith(':443') ? 'https' : 'http'}://${name}` }
}

function windowText({ window: { from, to } }: InventoryDocument): string {
  return from === null || to === null ? '' : ` from ${from} to ${to}`
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
