import type { FactsDocument, Label } from '../inventory/document.ts'
import type { Endpoint, Service } from '../inventory/inventory.ts'
import { isBlocked } from './facts.ts'

/** What may be configured of the rules. */
export interface LabelOptions {
  /** Whether a higher version of the same path makes a zombie; off, since most services run two versions on purpose. */
  readonly supersededIsZombie: boolean
  /** Below it "not seen" says nothing. */
  readonly orphanCoverageMin: number
  /** Exchanges of the endpoints of the service that were seen in the window, before "not seen" in it says something. */
  readonly orphanExchangesMin: number
}

export const labelOptionsDefault: LabelOptions = { supersededIsZombie: false, orphanCoverageMin: 0.9, orphanExchangesMin: 1000 }

/** What a rule looks at. */
export interface LabelBasis {
  readonly facts: FactsDocument
  readonly endpoint: Endpoint
  readonly service: Service
  /** Exchanges of those endpoints of the service that were seen in the window. */
  readonly exchangesInWindow: number
  /** Whether traffic departs from the documented operation. */
  readonly drifts: boolean
  readonly options: LabelOptions
}

/** The labels of an endpoint, in the order of the rules. */
export function labelsOf(basis: LabelBasis): readonly Label[] {
  return rules.filter(({ holds }) => holds(basis)).map(({ label }) => label)
}

/** A label and when it holds. */
interface Rule {
  readonly label: Label
  readonly holds: (basis: LabelBasis) => boolean
}

const rules: readonly Rule[] = [
  { label: 'documented', holds: ({ facts }) => facts.seenInWindow && facts.documented },
  { label: 'undocumented', holds: (basis) => isLive(basis) && isApi(basis) && basis.facts.serviceRegistered && !basis.facts.documented },
  {
    label: 'shadow',
    holds: (basis) => isLive(basis) && isApi(basis) && !basis.facts.serviceRegistered && basis.service.direction !== 'outbound',
  },
  {
    label: 'zombie',
    holds: (basis) => {
      const { deprecatedInSpec, deprecatedInTraffic, removedInNewerSpec, sunsetPassed, supersededVersion } = basis.facts
      const superseded = supersededVersion && basis.options.supersededIsZombie
      return isLive(basis) && (deprecatedInSpec || deprecatedInTraffic || removedInNewerSpec || sunsetPassed || superseded)
    },
  },
  { label: 'orphan', holds: (basis) => isAbsent(basis) && canTellAbsence(basis) },
  { label: 'unseen', holds: (basis) => isAbsent(basis) && !canTellAbsence(basis) },
  { label: 'drift', holds: ({ facts, drifts }) => facts.seenInWindow && facts.documented && drifts },
  { label: 'blocked', holds: ({ facts, endpoint }) => facts.seenInWindow && isBlocked(endpoint) },
  {
    label: 'unconfirmed',
    holds: ({ facts, endpoint }) => facts.seenInWindow && !facts.documented && !facts.accepted && !isBlocked(endpoint),
  },
]

/** Every label there is, in the order of the rules. */
export const allLabels: readonly Label[] = rules.map(({ label }) => label)

function isLive({ facts }: LabelBasis): boolean {
  return facts.seenInWindow && facts.accepted
}

/** Pages and static files are no API: nobody documents them. */
function isApi({ endpoint, service }: LabelBasis): boolean {
  return endpoint.kind !== 'static' && !service.kinds.includes('web')
}

function isAbsent({ facts }: LabelBasis): boolean {
  return facts.documented && !facts.seenInWindow
}

function canTellAbsence({ facts, exchangesInWindow, options }: LabelBasis): boolean {
  return facts.coverage >= options.orphanCoverageMin && exchangesInWindow >= options.orphanExchangesMin
}
