import type { ControlDocument, FindingDocument, InventoryDocument } from '../inventory/document.ts'
import { frameworks, mappings, titleOf, type Framework, type Relationship } from './control_table.ts'
import { coverageOf } from './coverage.ts'
import { detectors } from './detectors/index.ts'
import { evidenceKinds, shownBy } from './evidence.ts'
import { isOpen } from './is_open.ts'

/** What traffic says of the controls of a framework. It attests nothing: a control is not satisfied, or supported as far as was seen, or there is no evidence. */
export interface FrameworkEvidence extends Framework {
  /** How much of the traffic could be seen, 0 to 1; null where there was none. */
  readonly coverage: number | null
  readonly window: InventoryDocument['window']
  /** In the order of the table. */
  readonly controls: readonly ControlEvidence[]
}

export interface ControlEvidence {
  readonly control: string
  readonly title: string
  readonly verdict: ControlDocument['verdict']
  /** Every kind that is looked for and says something of it, seen or not. */
  readonly evidence: readonly KindEvidence[]
}

export interface KindEvidence {
  readonly kind: string
  readonly relationship: Relationship
  /** Endpoints that show it; services where it concerns these. */
  readonly places: number
  /** Ids of findings that are open, at most `findingsMax` of them; none of what supports. */
  readonly findings: readonly string[]
  readonly findingCount: number
  /** Findings that somebody suppressed or resolved: they decide nothing. */
  readonly decidedCount: number
}

/** How many findings are named for a kind. */
export const findingsMax = 100

/** The evidence for each framework, made once for each inventory and gone with it. */
export function controlEvidence(inventory: InventoryDocument): readonly FrameworkEvidence[] {
  let known = evidenceOf.get(inventory)
  if (known === undefined) evidenceOf.set(inventory, (known = newEvidence(inventory)))
  return known
}

const evidenceOf = new WeakMap<InventoryDocument, readonly FrameworkEvidence[]>()

function newEvidence(inventory: InventoryDocument): readonly FrameworkEvidence[] {
  const byKind = new Map<string, Omit<KindEvidence, 'relationship'>>([
    ...evidenceKinds.map((one) => [one.kind, supporting(one.kind, shownBy(one, inventory).length)] as const),
    ...detectors.map(({ kind }) => [kind, contradicting(kind, inventory.findings)] as const),
  ])
  const all = Map.groupBy(mappings(), ({ framework }) => framework)
  const coverage = coverageOf(inventory.services)
  const { window } = inventory
  return frameworks.map((framework) => {
    const controls = [...Map.groupBy(all.get(framework.id) ?? [], ({ control }) => control)].map(([control, own]): ControlEvidence => {
      const evidence = own.flatMap(({ kind, relationship }) => {
        const seen = byKind.get(kind)
        return seen === undefined ? [] : [Object.assign({ relationship }, seen)]
      })
      return { control, title: titleOf(control), verdict: verdictOf(evidence), evidence }
    })
    return Object.assign({ coverage, window, controls }, framework)
  })
}

/** One counter-example falsifies; what says little decides nothing. */
function verdictOf(evidence: readonly KindEvidence[]): ControlDocument['verdict'] {
  const isSeen = (wanted: Relationship): boolean => evidence.some(({ relationship, places }) => relationship === wanted && places > 0)
  return isSeen('contradicts') ? 'not_satisfied' : isSeen('supports') ? 'supported' : 'no_evidence'
}

function supporting(kind: string, places: number): Omit<KindEvidence, 'relationship'> {
  return { kind, places, findings: [], findingCount: 0, decidedCount: 0 }
}

function contradicting(kind: string, findings: readonly FindingDocument[]): Omit<KindEvidence, 'relationship'> {
  const own = findings.filter((finding) => finding.kind === kind)
  const open = own.filter(isOpen)
  return {
    kind,
    places: new Set(open.map(({ service, endpoint }) => endpoint ?? service)).size,
    findings: open.slice(0, findingsMax).map(({ id }) => id),
    findingCount: open.length,
    decidedCount: own.length - open.length,
  }
}
