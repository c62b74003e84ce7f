import type { EndpointDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'

/** One endpoint a row, RFC 4180: a header, CRLF, quotes where needed. */
export function csvText(inventory: InventoryDocument): string {
  let text = csvHead()
  for (const service of inventory.services) {
    for (const endpoint of service.endpoints) text += csvLine(service, endpoint)
  }
  return text
}

/** The names of the columns. */
export function csvHead(): string {
  return lineOf(columns.map(({ name }) => name))
}

export function csvLine(service: ServiceDocument, endpoint: EndpointDocument): string {
  return lineOf(columns.map(({ cell }) => cell(service, endpoint)))
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/**
 * One cell. A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection): templates and
 * host names come from traffic.
 */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const columns: ReadonlyArray<{ readonly name: string; cell(service: ServiceDocument, endpoint: EndpointDocument): string }> = [
  { name: 'service', cell: (service) => service.name },
  { name: 'method', cell: (_, endpoint) => endpoint.method },
  { name: 'template', cell: (_, endpoint) => endpoint.template },
  { name: 'kind', cell: (_, endpoint) => endpoint.kind },
  { name: 'labels', cell: (_, endpoint) => endpoint.labels.join(' ') },
  { name: 'exchanges', cell: (_, endpoint) => String(endpoint.exchanges) },
  { name: 'packets', cell: (_, endpoint) => String(endpoint.sources.packets) },
  { name: 'logs', cell: (_, endpoint) => String(endpoint.sources.logs) },
  {
    name: 'statuses',
    cell: (_, endpoint) =>
      Object.entries(endpoint.statuses)
        .map(([status, count]) => `${status}:${count}`)
        .join(' '),
  },
  { name: 'auth', cell: (_, endpoint) => endpoint.auth.map(({ kind }) => kind).join(' ') },
  { name: 'dataClasses', cell: (_, endpoint) => [...new Set(endpoint.dataClasses.map((row) => row.class))].join(' ') },
  { name: 'clients', cell: (_, endpoint) => String(endpoint.clients.distinct) },
  { name: 'latencyP50Ms', cell: (_, endpoint) => numberCell(endpoint.latencyMs.p50) },
  { name: 'latencyP95Ms', cell: (_, endpoint) => numberCell(endpoint.latencyMs.p95) },
  { name: 'firstSeen', cell: (_, endpoint) => endpoint.firstSeen ?? '' },
  { name: 'lastSeen', cell: (_, endpoint) => endpoint.lastSeen ?? '' },
  { name: 'operationId', cell: (_, endpoint) => endpoint.operationId ?? '' },
  { name: 'owner', cell: (service) => service.owner ?? '' },
  { name: 'direction', cell: (service) => service.direction },
  { name: 'coverage', cell: (service) => String(service.visibility.coverage) },
  { name: 'risk', cell: (_, endpoint) => String(endpoint.risk.score) },
  { name: 'serviceId', cell: (service) => service.id },
  { name: 'endpointId', cell: (_, endpoint) => endpoint.id },
]

function numberCell(value: number | null): string {
  return value === null ? '' : String(value)
}
