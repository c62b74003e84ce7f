import type { EndpointDocument, InventoryDocument, Label, ServiceDocument } from './document.ts'
import { keyKindOf } from './endpoint_place.ts'
import { Router } from './router.ts'
import { segmentsOf } from './template/segment.ts'

/** A request as far as it decides where it belongs. */
export interface MatchRequest {
  /** Authority as sent; null where the input names none: then the inventory's only service is meant. */
  readonly host: string | null
  readonly method: string
  /** A path shape: values stand as `{class}`, literals of the inventory as they are. */
  readonly path: string
}

/** Where a request belongs, and why. */
export interface MatchResult {
  /** Service id, null where no service has the host. */
  readonly service: string | null
  readonly serviceName: string | null
  readonly endpoint: string | null
  readonly method: string
  readonly template: string | null
  readonly labels: readonly Label[]
  /** One sentence. */
  readonly why: string
}

/** Compiles an inventory for many look-ups. */
export function matcherOf(document: InventoryDocument): (request: MatchRequest) => MatchResult {
  const byHost = new Map<string, ServiceDocument>()
  const routers = new Map<string, Router<EndpointDocument[]>>()
  for (const service of document.services) {
    for (const host of [service.name, ...service.hosts]) if (!byHost.has(host)) byHost.set(host, service)
    routers.set(service.id, routerOf(service))
  }
  const [only] = document.services.length === 1 ? document.services : []
  return (request) => {
    const service = request.host === null ? only : (byHost.get(request.host) ?? byHost.get(plainHost(request.host)))
    const router = service && routers.get(service.id)
    if (!service || !router) return noService(request, document.services.length)
    const found = router.find(request.path, (endpoints) => endpoints.some(({ method }) => method === request.method))
    const [first, ...others] = (found ?? []).filter(({ method }) => method === request.method)
    // A request without its body does not say which operation it asks for.
    const endpoint = [first, ...others].find((candidate) => candidate !== undefined && keyKindOf(candidate) === null) ?? first
    if (endpoint) {
      const { id, template, labels } = endpoint
      return {
        service: service.id,
        serviceName: service.name,
        endpoint: id,
        method: request.method,
        template,
        labels,
        why: whyOf(endpoint, request.path) + amongOperations(endpoint, others.length),
      }
    }
    const elsewhere = router.find(request.path)
    const why = elsewhere
      ? `${elsewhere[0]?.template ?? ''} is known with ${elsewhere.map(({ method }) => method).join(', ')} only`
      : `no template of ${service.name} fits the path`
    return { service: service.id, serviceName: service.name, endpoint: null, method: request.method, template: null, labels: [], why }
  }
}

/** The literal segments of an inventory's templates, sorted, each once: the native side must show them as they are when it shapes a path. */
export function literalsOf(document: InventoryDocument): readonly string[] {
  const literals = new Set<string>()
  for (const { endpoints } of document.services) {
    for (const { template } of endpoints) for (const segment of segmentsOf(template)) if (!segment.includes('{')) literals.add(segment)
  }
  return [...literals].toSorted()
}

/** Endpoints of one template are one place: methods are told apart after the path. */
function routerOf(service: ServiceDocument): Router<EndpointDocument[]> {
  const byTemplate = Map.groupBy(service.endpoints, ({ template }) => template)
  const router = new Router<EndpointDocument[]>()
  for (const [template, endpoints] of byTemplate) router.add(template, endpoints)
  return router
}

/** Lower case, without the port that http and https mean anyway. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)$/, '')
}

function noService({ host, method }: MatchRequest, services: number): MatchResult {
  const why = host === null ? `the request names no host and the inventory has ${services} services` : 'no service of the inventory has this host'
  return { service: null, serviceName: null, endpoint: null, method, template: null, labels: [], why }
}

function amongOperations(endpoint: EndpointDocument, others: number): string {
  return keyKindOf(endpoint) === null || others === 0 ? '' : `; it has ${others + 1} operations, of which this is the first`
}

function whyOf({ template, templateInfo, operationId, labels }: EndpointDocument, path: string): string {
  const parameters = segmentsOf(template).filter((segment) => segment.includes('{')).length
  const spec = labels.includes('documented') ? `; a registered spec describes it${operationId === null ? '' : ` as ${operationId}`}` : ''
  if (parameters === 0) return `each segment is a literal of the template${spec}`
  const rules = [...new Set(templateInfo.decisions.map(({ rule }) => rule))].join(', ')
  return `${segmentsOf(path).length - parameters} literal and ${parameters} variable segments fit (${rules})${spec}`
}
