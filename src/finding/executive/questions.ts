import type { FindingDocument, Severity } from '../../inventory/document.ts'
import { dayMs } from '../../base/day.ts'
import { coverageOf } from '../coverage.ts'
import { detectors } from '../detectors/index.ts'
import { isOpen } from '../is_open.ts'
import { count, idsOf, ratio, rounded, share, sorted, tally, type Basis, type Figure, type Placed } from './figure.ts'

/** A question that people who carry the risk ask. One row each. */
export interface Question {
  readonly id: string
  readonly question: string
  /** What the figure is; for one that cannot be answered, why. */
  readonly method: string
  /** Null where it is not measured yet, or nothing that traffic shows answers it. */
  readonly measure: ((basis: Basis) => Figure) | null
}

export const questions: readonly Question[] = [
  measured('AM1', 'How many APIs are there?', 'Endpoints that traffic uses; parts: services, and endpoints by label.', ({ seen }) =>
    count(seen.length, seen, { services: new Set(seen.map(({ service }) => service.id)).size, ...tally(seen.flatMap(({ endpoint }) => endpoint.labels)) }),
  ),
  measured('AM2', 'What do they do?', 'Share of the endpoints that a spec describes; parts: endpoints by method and by class of data.', ({ seen }) =>
    share(seen, isDocumented, tally(seen.flatMap(({ endpoint }) => [endpoint.method, ...classesOf(endpoint)]))),
  ),
  measured(
    'AM3',
    'Who owns them?',
    'Share of the endpoints whose service has an owner; parts: endpoints by owner. Behind it: those without, by risk.',
    ({ seen }) => share(seen, ({ endpoint }) => endpoint.facts.ownerKnown, tally(seen.flatMap(({ service }) => service.owner ?? []))),
  ),
  open('BE1', 'How were they developed: open source, own, of a third party?', 'Needs to be said of each service; no rule looks for hints of it yet.'),
  measured('BE2', 'Which applications use them?', 'Share of the endpoints whose clients are of a known kind; parts: endpoints by kind of client.', ({ seen }) =>
    share(seen, ({ endpoint }) => clientsOf(endpoint).some((kind) => kind !== 'unknown'), tally(seen.flatMap(({ endpoint }) => clientsOf(endpoint)))),
  ),
  open('BE3', 'Are they critical to the business?', 'Criticality of services is configured, and is no part of the inventory yet.'),
  open(
    'GV1',
    'Is there a process of vetting and publishing?',
    'When a spec was registered is not compared with the first traffic yet; the process itself no traffic shows.',
  ),
  measured(
    'GV2',
    'Are they subject to regulation?',
    'Share of the endpoints with data of a regime, as observed: payment cards (PCI DSS), data of persons (GDPR).',
    ({ seen }) => share(seen, ({ endpoint }) => regimesOf(endpoint).length > 0, tally(seen.flatMap(({ endpoint }) => regimesOf(endpoint))), true),
  ),
  measured(
    'GV3',
    'How do we watch for vulnerabilities?',
    'Endpoints that every rule looked at with the last reading of the inventory; parts: rules.',
    ({ seen }) => count(seen.length, [], { rules: detectors.length }),
  ),
  measured('GV4', 'Which are not managed or monitored?', 'Share of the endpoints that are shadow, undocumented or zombie; parts: by label.', ({ seen }) =>
    share(seen, isUnmanaged, tally(seen.flatMap(({ endpoint }) => endpoint.labels.filter((label) => unmanaged.has(label)))), true),
  ),
  measured(
    'GV5',
    'Do they have traffic?',
    'Share of all endpoints, those of specs included, that traffic uses. Behind it: those that it does not.',
    ({ inventory }) => share(placesIn(inventory.services), isSeen),
  ),
  open('GV6', 'How do we protect against malicious traffic?', 'No rule looks for attacks and how they were answered yet.'),
  measured(
    'RA1',
    'Which APIs have vulnerabilities?',
    'Share of the endpoints with an open finding that is high or critical; parts: open findings by severity.',
    (basis) =>
      share(basis.seen, ({ endpoint }) => (basis.open.get(endpoint.id) ?? []).some(isGrave), tally(openOf(basis).map(({ severity }) => severity)), true),
  ),
  measured(
    'RA2',
    'Are they of few teams or products?',
    'Share of the open findings that the three owners with most of them have; parts: by owner.',
    (basis) => {
      const byOwner = tally(openOf(basis).map(({ owner }) => owner ?? 'nobody'))
      const counts = Object.values(byOwner).toSorted((one, other) => other - one)
      return { ...ratio(sum(counts.slice(0, 3)), sum(counts)), parts: sorted(byOwner), endpoints: behindOf(basis) }
    },
  ),
  open(
    'RA3',
    'What is the impact if one is compromised?',
    'Distinct records that were served are not counted yet, and criticality is no part of the inventory.',
  ),
  measured('RA4', 'Which do not conform to their definitions?', 'Share of the endpoints of specs that depart from them.', ({ seen }) =>
    share(seen.filter(isDocumented), ({ endpoint }) => endpoint.labels.includes('drift'), {}, true),
  ),
  measured(
    'RA5',
    'Are there hidden fields, parameters or statuses?',
    'Endpoints of specs that show what these do not know; parts: open findings by kind.',
    (basis) => {
      const hidden = openOf(basis).filter(({ kind }) => kind === 'spec.request-drift' || kind === 'spec.response-drift')
      const ids = new Set(hidden.map(({ endpoint }) => endpoint))
      const behind = basis.seen.filter(({ endpoint }) => ids.has(endpoint.id))
      return count(behind.length, behind, tally(hidden.map(({ kind }) => kind)))
    },
  ),
  open('RA6', 'Where is malicious traffic?', 'No rule looks for attacks yet.'),
  open('RA7', 'Is there traffic from where none is expected?', 'Networks and countries of clients are not learned yet.'),
  measured(
    'RA8',
    'What is the overall risk?',
    'Mean of the published risk, 0 to 100, of the twenty endpoints with most of it; parts: endpoints by factor.',
    ({ seen }) => {
      const worst = seen.slice(0, worstMax)
      const points = sum(worst.map(({ endpoint }) => endpoint.risk.score))
      return {
        value: worst.length === 0 ? null : rounded(points / worst.length),
        unit: 'points',
        numerator: points,
        denominator: worst.length,
        parts: sorted(tally(seen.flatMap(({ endpoint }) => endpoint.risk.parts.map(({ factor }) => factor)))),
        endpoints: idsOf(worst),
      }
    },
  ),
  measured(
    'RM1',
    'Are they part of risk management?',
    'Share of the high and critical findings of which somebody decided something; parts: by state.',
    (basis) => {
      const grave = basis.inventory.findings.filter(isGrave)
      const undecided = grave.filter(({ state }) => state === 'open' || state === 'reopened')
      const ids = new Set(undecided.map(({ endpoint }) => endpoint))
      return {
        ...ratio(grave.length - undecided.length, grave.length),
        parts: sorted(tally(grave.map(({ state }) => state))),
        endpoints: idsOf(basis.seen.filter(({ endpoint }) => ids.has(endpoint.id))),
      }
    },
  ),
  measured(
    'AC1',
    'How is authentication managed?',
    'Share of the endpoints that are asked with credentials; parts: endpoints by kind of credential.',
    ({ seen }) =>
      share(seen, isAuthenticated, tally(seen.flatMap(({ endpoint }) => endpoint.auth.filter(({ seen: times }) => times > 0).map(({ kind }) => kind)))),
  ),
  open(
    'AC2',
    'Is there a process for access rights?',
    'Clients are told apart by kind alone: granted and used rights are not compared yet; the process itself no traffic shows.',
  ),
  measured('AC3', 'Are levels of access appropriate?', 'Share of the endpoints with sensitive data that answer nobody without credentials.', (basis) => {
    const open = new Set(openOf(basis).flatMap(({ kind, endpoint }) => (kind === 'data.sensitive-unauthenticated' ? (endpoint ?? []) : [])))
    return share(basis.seen.filter(isSensitive), ({ endpoint }) => !open.has(endpoint.id))
  }),
  open('AT1', 'Is API security part of training?', 'No traffic shows it: it has to be attested.'),
  measured('AT2', 'Which teams need it?', 'Open findings an endpoint; parts: open findings by owner.', (basis) => {
    const findings = openOf(basis)
    const { length } = basis.seen
    return {
      value: length === 0 ? null : rounded(findings.length / length),
      unit: 'points',
      numerator: findings.length,
      denominator: length,
      parts: sorted(tally(findings.map(({ owner }) => owner ?? 'nobody'))),
      endpoints: behindOf(basis),
    }
  }),
  open('AT3', 'Are there incentives?', 'How long it takes to fix is not measured yet; the incentives no traffic shows.'),
  measured(
    'DS1',
    'Is sensitive data handled out of compliance?',
    'Share of the endpoints with sensitive data that have an open finding of it; parts: by kind.',
    (basis) => {
      const kinds = tally(
        openOf(basis)
          .filter(isOfData)
          .map(({ kind }) => kind),
      )
      return share(basis.seen.filter(isSensitive), ({ endpoint }) => (basis.open.get(endpoint.id) ?? []).some(isOfData), kinds, true)
    },
  ),
  measured('AE1', 'How do we monitor for malicious traffic?', coverageMethod(), coverage),
  open('AE2', 'How do we protect ourselves?', 'No rule looks for attacks and how they were answered yet.'),
  open('AE3', 'Are events analysed for intent and targets?', 'Nothing is kept of single clients: there is no timeline of one yet.'),
  open(
    'AE4',
    'Are alerts established?',
    'What was delivered and what was not is listed by /api/v1/alerts; how long it takes to acknowledge is not measured yet.',
  ),
  measured('CM1', 'How are norms set?', 'Share of the endpoints with a baseline: seen for seven days, and 500 times.', ({ seen }) => share(seen, isMature)),
  measured('CM2', 'How do we monitor for malicious traffic, day by day?', coverageMethod(), coverage),
  open('DP1', 'Is monitoring tested and measured?', 'No cases are replayed against a running daemon yet; tests of the project do so for each rule.'),
]

function measured(id: string, question: string, method: string, measure: (basis: Basis) => Figure): Question {
  return { id, question, method, measure }
}

function open(id: string, question: string, method: string): Question {
  return { id, question, method, measure: null }
}

function coverageMethod(): string {
  return 'Share of the traffic that could be seen, by exchanges of services. Behind it: endpoints of services of which less than nine tenths could be.'
}

function coverage({ inventory, seen }: Basis): Figure {
  const value = coverageOf(inventory.services)
  const exchanges = sum(inventory.services.map((service) => service.exchanges))
  return {
    value,
    unit: 'share',
    numerator: Math.round((value ?? 0) * exchanges),
    denominator: exchanges,
    parts: {},
    endpoints: idsOf(seen.filter(({ service }) => service.visibility.coverage < coverageMin)),
  }
}

const coverageMin = 0.9
const worstMax = 20
const matureDays = 7
const matureExchanges = 500
const unmanaged: ReadonlySet<string> = new Set(['shadow', 'undocumented', 'zombie'])
const gravest: ReadonlySet<Severity> = new Set(['high', 'critical'])

function placesIn(services: Basis['inventory']['services']): readonly Placed[] {
  return services.flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })))
}

function isSeen({ endpoint }: Placed): boolean {
  return endpoint.exchanges > 0
}

function isDocumented({ endpoint }: Placed): boolean {
  return endpoint.labels.includes('documented')
}

function isUnmanaged({ endpoint }: Placed): boolean {
  return endpoint.labels.some((label) => unmanaged.has(label))
}

function isSensitive({ endpoint }: Placed): boolean {
  return endpoint.dataClasses.length > 0
}

function isAuthenticated({ endpoint }: Placed): boolean {
  return endpoint.auth.some(({ kind, seen }) => kind !== 'none' && seen > 0)
}

function isMature({ endpoint: { firstSeen, lastSeen, exchanges } }: Placed): boolean {
  return firstSeen !== null && lastSeen !== null && Date.parse(lastSeen) - Date.parse(firstSeen) >= matureDays * dayMs && exchanges >= matureExchanges
}

function isOfData({ kind }: FindingDocument): boolean {
  return kind.startsWith('data.')
}

function isGrave({ severity }: FindingDocument): boolean {
  return gravest.has(severity)
}

function clientsOf({ clients }: Placed['endpoint']): readonly string[] {
  return Object.entries(clients.kinds).flatMap(([kind, times]) => (times > 0 ? [kind] : []))
}

function classesOf({ dataClasses }: Placed['endpoint']): readonly string[] {
  return [...new Set(dataClasses.map((one) => one.class))]
}

/** Secrets are of no person. */
function regimesOf(endpoint: Placed['endpoint']): readonly string[] {
  const classes = classesOf(endpoint)
  return [
    ...(classes.includes('payment_card') ? ['PCI DSS'] : []),
    ...(classes.some((one) => one !== 'payment_card' && one !== 'mac_address' && !one.startsWith('secret_')) ? ['GDPR'] : []),
  ]
}

function openOf({ inventory }: Basis): readonly FindingDocument[] {
  return inventory.findings.filter(isOpen)
}

function behindOf({ seen, open: findings }: Basis): readonly string[] {
  return idsOf(seen.filter(({ endpoint }) => findings.has(endpoint.id)))
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0)
}
