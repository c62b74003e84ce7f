import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument, VisibilityDocument } from '../inventory/document.ts'
import type { EndpointLine } from '../output/ndjson.ts'
import type { FindingLine } from '../output/finding_line.ts'
import type { CommandContext } from './command.ts'
import { checkedInventory } from './inventory_file.ts'
import { serverClient, type ServerClient } from './server_client.ts'
import { serverTokenFields, type ServerTokenOptions } from './server_token.ts'

/** The inventory of the daemon at `server`, page by page. Where it changes while it is read it is read again, a few times; then that is said. */
export async function serverInventory(server: string, token: ServerTokenOptions, { streams }: CommandContext): Promise<InventoryDocument> {
  const client = serverClient(server, serverTokenFields(token, streams))
  for (let attempt = 1; ; attempt += 1) {
    const { inventory, isOfOneMoment } = await readOnce(client)
    if (!isOfOneMoment && attempt < attemptsMax) continue
    if (!isOfOneMoment) streams.note('tapistry: the inventory changed while it was read: not all numbers are of the same moment')
    return checkedInventory(inventory, server)
  }
}

const attemptsMax = 3

async function readOnce(client: ServerClient): Promise<{ readonly inventory: InventoryDocument; readonly isOfOneMoment: boolean }> {
  const tags = new Set<string | null>()
  async function all(path: string): Promise<unknown[]> {
    const items: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { value, etag } = await client.json(`${path}?limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
      const page = value as { readonly items: readonly unknown[]; readonly nextCursor: string | null }
      tags.add(etag)
      items.push(...page.items)
      cursor = page.nextCursor
    }
    return items
  }
  const services = (await all('/services')) as ReadonlyArray<Omit<ServiceDocument, 'endpoints'> & { readonly endpointCount: number }>
  const endpoints = (await all('/endpoints')) as readonly EndpointLine[]
  const findings = (await all('/findings')) as readonly FindingLine[]
  const { value: visibility, etag } = await client.json('/visibility')
  const { value: api } = await client.json('/openapi.json')
  tags.add(etag)
  const byService = Map.groupBy(endpoints, ({ service }) => service)
  const inventory: InventoryDocument = {
    tapistryVersion: (api as { readonly info: { readonly version: string } }).info.version,
    schemaVersion: 1,
    window: windowOf(endpoints),
    services: services.map((service) => serviceOf(service, byService.get(service.id) ?? [])),
    findings: findings.map(findingOf).toSorted(worstFirst),
    visibility: visibility as VisibilityDocument,
  }
  return { inventory, isOfOneMoment: tags.size === 1 }
}

/** What was quarantined has times too, which REST does not tell. */
function windowOf(endpoints: readonly EndpointLine[]): InventoryDocument['window'] {
  const first = endpoints.flatMap(({ firstSeen }) => firstSeen ?? []).toSorted()
  const last = endpoints.flatMap(({ lastSeen }) => lastSeen ?? []).toSorted()
  return { from: first.at(0) ?? null, to: last.at(-1) ?? null }
}

function serviceOf(listed: Omit<ServiceDocument, 'endpoints'> & { readonly endpointCount: number }, endpoints: readonly EndpointLine[]): ServiceDocument {
  const { endpointCount: _, ...service } = listed
  return { ...service, endpoints: endpoints.map(endpointOf) }
}

function endpointOf(line: EndpointLine): EndpointDocument {
  const { service: _service, serviceName: _name, ...endpoint } = line
  return endpoint
}

function findingOf(line: FindingLine): FindingDocument {
  const {
    serviceName: _name,
    method: _method,
    template: _template,
    operation: _operation,
    reason: _reason,
    due: _due,
    decidedBy: _by,
    decidedAt: _at,
    ...finding
  } = line
  return finding
}

function worstFirst(one: FindingDocument, other: FindingDocument): number {
  return severities.indexOf(one.severity) - severities.indexOf(other.severity) || (one.kind < other.kind ? -1 : one.kind > other.kind ? 1 : 0)
}

const severities: readonly FindingDocument['severity'][] = ['critical', 'high', 'medium', 'low', 'info']
