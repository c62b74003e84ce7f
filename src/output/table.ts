import { endpointPlace } from '../inventory/endpoint_place.ts'
import type { EndpointDocument, InventoryDocument, Label, ServiceDocument } from '../inventory/document.ts'
import { emptyReason } from './empty.ts'
import type { Report, SpecNote } from './report.ts'
import { findingsBlock } from './table_findings.ts'
import { titled, type Page } from './table_page.ts'
import { visibilityBlock } from './table_visibility.ts'
import { counted, grouped, leftAligned, paintWith, percent, printable, rightAligned, shortened, wrapped, type Style } from './text.ts'

export interface TableOptions {
  /** Columns to fill; at least `columnsMin`. */
  readonly columns: number
  readonly color: boolean
}

/** The report for a person at a terminal: services with their endpoints, findings by severity, and what could not be seen. */
export function tableText(report: Report, options: TableOptions): string {
  const page: Page = { paint: paintWith(options.color), columns: Math.max(options.columns, columnsMin) }
  const { inventory } = report
  const blocks = [headerLine(inventory, page)]
  if (inventory.services.length === 0) blocks.push(emptyReason(report))
  const layout = layoutOf(inventory, page)
  for (const service of inventory.services) blocks.push(serviceBlock(service, report, layout, page))
  if (inventory.findings.length > 0) blocks.push(findingsBlock(inventory, page))
  blocks.push(visibilityBlock(report, page))
  return `${blocks.join('\n\n')}\n`
}

const columnsMin = 80
const placesShownMax = 3

function headerLine(inventory: InventoryDocument, page: Page): string {
  const endpoints = inventory.services.reduce((sum, { endpoints: { length } }) => sum + length, 0)
  const exchanges = inventory.services.reduce((sum, service) => sum + service.exchanges, 0)
  const figures = [counted(inventory.services.length, 'service'), counted(endpoints, 'endpoint'), counted(exchanges, 'exchange')]
  const { from, to } = inventory.window
  if (from !== null && to !== null) figures.push(`${moment(from)} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : moment(to)} UTC`)
  return titled('Tapistry', figures, page)
}

function serviceBlock(service: ServiceDocument, report: Report, layout: Layout, page: Page): string {
  const { paint } = page
  const about = [
    service.kinds.join(', '),
    service.direction === 'unknown' ? '' : service.direction,
    service.owner === null ? '' : `owner ${printable(service.owner)}`,
    specNames(service, report.specs),
    counted(service.exchanges, 'exchange'),
    service.quarantined === 0 ? '' : `${grouped(service.quarantined)} of them noise`,
    `coverage ${percent(service.visibility.coverage)}`,
  ].filter((part) => part !== '')
  const lines = [titled(printable(service.name), about, page)]
  if (service.endpoints.length > 0)
    lines.push(
      paint(
        'dim',
        lineOfCells(titleCells, layout, (_, text) => text),
      ),
    )
  for (const endpoint of service.endpoints) lines.push(...endpointLines(endpoint, layout, page))
  return lines.join('\n')
}

/** The width of each column; what the others leave is the endpoint's. */
interface Layout {
  readonly widths: Readonly<Record<ColumnName, number>>
  readonly template: number
  /** Whether everything happened on one day: then the time says more than the date. */
  readonly oneDay: boolean
}

type ColumnName = 'label' | 'method' | 'exchanges' | 'statuses' | 'auth' | 'last'

/** The most that a column may take from the endpoint. */
const widthsMax: Readonly<Record<ColumnName, number>> = { label: 12, method: 8, exchanges: 10, statuses: 11, auth: 14, last: 5 }
const gap = 2

/** Every column is as wide as its widest cell in the whole inventory, so that services line up. */
function layoutOf(inventory: InventoryDocument, page: Page): Layout {
  const oneDay = inventory.window.from?.slice(0, 10) === inventory.window.to?.slice(0, 10)
  const endpoints = inventory.services.flatMap((service) => service.endpoints)
  const rows = [{ ...titleCells, label: '' }, ...endpoints.map((endpoint) => cellsOf(endpoint, oneDay))]
  const widest = (name: ColumnName): number => rows.reduce((width, cells) => Math.max(width, Math.min([...cells[name]].length, widthsMax[name])), 0)
  const widths = {
    label: widest('label'),
    method: widest('method'),
    exchanges: widest('exchanges'),
    statuses: widest('statuses'),
    auth: widest('auth'),
    last: widest('last'),
  }
  const others = Object.values(widths).reduce((sum, width) => sum + width + gap, gap)
  const longest = endpoints.reduce((width, endpoint) => Math.max(width, [...printable(endpointPlace(endpoint))].length), titleCells.template.length)
  return { widths, oneDay, template: Math.max(16, Math.min(longest, page.columns - others)) }
}

const titleCells = { label: '', method: 'METHOD', template: 'ENDPOINT', exchanges: 'SEEN', statuses: 'STATUS', auth: 'AUTH', last: 'LAST' } as const

function cellsOf(endpoint: EndpointDocument, oneDay: boolean): Record<ColumnName, string> {
  const seen = endpoint.exchanges > 0
  return {
    label: shownLabels(endpoint.labels)[0] ?? '',
    method: printable(endpoint.method),
    exchanges: seen ? grouped(endpoint.exchanges) : '-',
    statuses: seen ? statusText(endpoint.statuses) : '-',
    auth: authText(endpoint),
    last: lastSeen(endpoint.lastSeen, oneDay),
  }
}

/** One line of cells; `style` says how those that have a colour are painted. */
function lineOfCells(
  cells: Readonly<Record<ColumnName | 'template', string>>,
  { widths, template }: Layout,
  style: (name: ColumnName, text: string) => string,
): string {
  const cell = (name: ColumnName): string => style(name, leftAligned(shortened(cells[name], widths[name]), widths[name]))
  const line = [
    cell('label'),
    cell('method'),
    leftAligned(shortened(cells.template, template), template),
    rightAligned(shortened(cells.exchanges, widths.exchanges), widths.exchanges),
    cell('statuses'),
    cell('auth'),
    cell('last'),
  ].join('  ')
  return `  ${line}`.trimEnd()
}

function endpointLines(endpoint: EndpointDocument, layout: Layout, page: Page): string[] {
  const { paint } = page
  const [first = null, ...others] = shownLabels(endpoint.labels)
  const cells = { ...cellsOf(endpoint, layout.oneDay), template: printable(endpointPlace(endpoint)) }
  const lines = [
    lineOfCells(cells, layout, (name, text) => {
      if (name === 'label' && first !== null) return paint(labelStyles[first], text)
      return name === 'auth' && cells.auth === 'none' && endpoint.facts.accepted ? paint('yellow', text) : text
    }),
  ]
  const indent = ' '.repeat(2 + layout.widths.label + gap + layout.widths.method + gap)
  const about = (style: Style, text: string): void => {
    for (const line of wrapped(text, page.columns - indent.length)) lines.push(`${indent}${paint(style, line)}`)
  }
  if (others.length > 0) about('dim', `also ${others.join(', ')}`)
  const sensitive = sensitiveText(endpoint)
  if (sensitive !== '') about('magenta', sensitive)
  return lines
}

/** What is worth a look comes first; `documented` is implied by drift and zombies of specs, so it stands only where it is alone. */
function shownLabels(labels: readonly Label[]): Label[] {
  const ordered = labelOrder.filter((label) => labels.includes(label))
  return ordered.length > 1 ? ordered.filter((label) => label !== 'documented') : ordered
}

const labelOrder: readonly Label[] = ['shadow', 'zombie', 'undocumented', 'drift', 'orphan', 'unseen', 'blocked', 'unconfirmed', 'documented']

const labelStyles: Readonly<Record<Label, Style>> = {
  shadow: 'red',
  zombie: 'red',
  undocumented: 'yellow',
  drift: 'yellow',
  orphan: 'cyan',
  unseen: 'dim',
  blocked: 'dim',
  unconfirmed: 'dim',
  documented: 'green',
}

/** The statuses, most frequent first, as many as fit. */
function statusText(statuses: Readonly<Record<string, number>>): string {
  const ordered = Object.entries(statuses)
    .toSorted(([, one], [, other]) => other - one)
    .map(([status]) => (status === '0' ? 'none' : status))
  const fitting = ordered.length > 2 ? [...ordered.slice(0, 2), `+${ordered.length - 2}`] : ordered
  return fitting.join(' ')
}

/** The most frequent kind of credentials, `none`, or `?` where the source shows no header fields (access logs). */
function authText(endpoint: EndpointDocument): string {
  const kinds = endpoint.auth.filter(({ kind }) => kind !== 'none').toSorted((one, other) => other.seen - one.seen)
  const [first] = kinds
  if (endpoint.exchanges === 0) return '-'
  if (first === undefined) return endpoint.sources.packets > 0 ? 'none' : '?'
  return kinds.length > 1 ? `${first.kind} +${kinds.length - 1}` : first.kind
}

/** `09:58` within one day, else `03-02`. */
function lastSeen(text: string | null, oneDay: boolean): string {
  if (text === null) return '-'
  return oneDay ? text.slice(11, 16) : text.slice(5, 10)
}

/** `payment_card in response $.rows[].card.number · email ...`. */
function sensitiveText(endpoint: EndpointDocument): string {
  const byClass = Map.groupBy(endpoint.dataClasses, (row) => row.class)
  const parts = [...byClass].map(([name, rows]) => {
    const places = [...new Set(rows.map((row) => `${row.in} ${printable(row.path)}`))]
    const more = places.length > placesShownMax ? ` and ${places.length - placesShownMax} more` : ''
    return `${name} in ${places.slice(0, placesShownMax).join(', ')}${more}`
  })
  return parts.join(' · ')
}

function specNames(service: ServiceDocument, specs: readonly SpecNote[]): string {
  if (service.specs.length === 0) return 'no spec'
  const names = service.specs
    .map((id) => specs.find((spec) => spec.id === id))
    .map((spec) => (spec === undefined ? '' : `${spec.title} ${spec.version}`))
    .filter((name) => name !== '')
  return names.length === 0
    ? counted(service.specs.length, 'spec')
    : `spec ${printable(names.slice(0, 2).join(', '))}${names.length > 2 ? ` +${names.length - 2}` : ''}`
}

/** `2026-03-02 09:00`. */
function moment(text: string): string {
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`
}
