import type { FindingDocument, InventoryDocument, Severity } from '../inventory/document.ts'
import { findingPlaces } from './finding_place.ts'
import type { Page } from './table_page.ts'
import { grouped, leftAligned, printable, shortened, wrapped, type Style } from './text.ts'

/** Most severe first. */
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info']

/** The findings, most severe first; of many alike some are shown and the others counted. */
export function findingsBlock(inventory: InventoryDocument, page: Page): string {
  const { paint } = page
  const placeOf = findingPlaces(inventory)
  const bySeverity = severities.map((severity) => ({ severity, findings: inventory.findings.filter((finding) => finding.severity === severity) }))
  const counts = bySeverity
    .filter(({ findings }) => findings.length > 0)
    .map(({ severity, findings }) => paint(severityStyles[severity], `${findings.length} ${severity}`))
  const lines = [`${paint('bold', 'Findings')}  ${counts.join(paint('dim', ' · '))}`]
  for (const { severity, findings } of bySeverity) {
    for (const [kind, alike] of Map.groupBy(findings, (finding) => finding.kind)) {
      for (const finding of alike.slice(0, alikeShownMax)) lines.push(...findingLines(finding, printable(placeOf(finding)), page))
      if (alike.length <= alikeShownMax) continue
      lines.push(
        `  ${paint(severityStyles[severity], leftAligned(severity, 8))}  ${paint('dim', `and ${grouped(alike.length - alikeShownMax)} more ${kind}: --format json has them all`)}`,
      )
    }
  }
  return lines.join('\n')
}

function findingLines(finding: FindingDocument, where: string, page: Page): string[] {
  const indent = ' '.repeat(12)
  const [first = '', ...more] = wrapped(printable(finding.title), page.columns - indent.length)
  return [
    `  ${page.paint(severityStyles[finding.severity], leftAligned(finding.severity, 8))}  ${first}`,
    ...more.map((line) => `${indent}${line}`),
    ...(where === '' || finding.title.includes(where) ? [] : [`${indent}${page.paint('dim', shortened(where, page.columns - indent.length))}`]),
  ]
}

const severityStyles: Readonly<Record<Severity, Style>> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'dim',
}

/** Findings of one kind and severity that are shown. */
const alikeShownMax = 5
