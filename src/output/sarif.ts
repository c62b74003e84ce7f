import type { FindingDocument, Severity } from '../inventory/document.ts'
import { findingPlaces } from './finding_place.ts'
import type { Report } from './report.ts'

/** The findings as SARIF 2.1.0 (OASIS, 2020): a rule for each kind, a result for each finding. */
export function sarifText(report: Report): string {
  const { findings, tapistryVersion } = report.inventory
  const placeOf = findingPlaces(report.inventory)
  const rules = [...Map.groupBy(findings, ({ kind }) => kind)].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tapistry',
            semanticVersion: tapistryVersion,
            rules: rules.map(([kind, [first]]) => ({
              id: kind,
              shortDescription: { text: kind },
              ...(first === undefined
                ? {}
                : { fullDescription: { text: first.why }, help: { text: first.fix }, defaultConfiguration: { level: levels[first.severity] } }),
            })),
          },
        },
        results: findings.map((finding) =>
          resultOf(
            finding,
            rules.findIndex(([kind]) => kind === finding.kind),
            placeOf(finding),
            report,
          ),
        ),
        columnKind: 'unicodeCodePoints',
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' }

/** Scores that code-scanning pages sort by, as CVSS bands. */
const securitySeverities: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '0.5' }

function resultOf(finding: FindingDocument, ruleIndex: number, place: string, report: Report) {
  const [input] = report.inputs
  return {
    ruleId: finding.kind,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: `${finding.title}. ${finding.fix}` },
    locations: [
      {
        // Code-scanning pages want a file; the finding is in none, so it is the first input.
        ...(input === undefined ? {} : { physicalLocation: { artifactLocation: { uri: encodeURI(input.name) } } }),
        logicalLocations: [{ fullyQualifiedName: place, kind: finding.endpoint === null ? 'module' : 'function' }],
      },
    ],
    partialFingerprints: { 'tapistryFinding/v1': finding.id },
    properties: { 'severity': finding.severity, 'security-severity': securitySeverities[finding.severity], 'count': finding.count },
  }
}
