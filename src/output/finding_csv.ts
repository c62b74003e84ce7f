import { csvCell } from './csv.ts'
import type { FindingLine } from './finding_line.ts'

/** The names of the columns. */
export function findingCsvHead(): string {
  return lineOf(columns.map(({ name }) => name))
}

/** One finding a row, as `csvText` writes endpoints. */
export function findingCsvLine(finding: FindingLine): string {
  return lineOf(columns.map(({ cell }) => cell(finding)))
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

const columns: ReadonlyArray<{ readonly name: string; cell(finding: FindingLine): string }> = [
  { name: 'severity', cell: ({ severity }) => severity },
  { name: 'kind', cell: ({ kind }) => kind },
  { name: 'state', cell: ({ state }) => state },
  { name: 'service', cell: ({ serviceName }) => serviceName },
  { name: 'method', cell: ({ method }) => method ?? '' },
  { name: 'template', cell: ({ template }) => template ?? '' },
  { name: 'title', cell: ({ title }) => title },
  { name: 'owner', cell: ({ owner }) => owner ?? '' },
  { name: 'count', cell: ({ count }) => String(count) },
  { name: 'firstSeen', cell: ({ firstSeen }) => firstSeen ?? '' },
  { name: 'lastSeen', cell: ({ lastSeen }) => lastSeen ?? '' },
  { name: 'due', cell: ({ due }) => due ?? '' },
  { name: 'reason', cell: ({ reason }) => reason ?? '' },
  { name: 'decidedBy', cell: ({ decidedBy }) => decidedBy ?? '' },
  { name: 'decidedAt', cell: ({ decidedAt }) => decidedAt ?? '' },
  { name: 'serviceId', cell: ({ service }) => service },
  { name: 'endpointId', cell: ({ endpoint }) => endpoint ?? '' },
  { name: 'id', cell: ({ id }) => id },
  { name: 'operation', cell: ({ operation }) => operation ?? '' },
]
