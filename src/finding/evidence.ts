import type { EndpointDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'

/** What was seen that speaks for controls: the other side of findings. One row a kind. */
export interface EvidenceKind {
  /** From the published list of kinds. */
  readonly kind: string
  /** What the endpoints show, as the end of "of N endpoints". */
  readonly says: string
  readonly holds: (endpoint: EndpointDocument, service: ServiceDocument) => boolean
}

export const evidenceKinds: readonly EvidenceKind[] = [
  { kind: 'inv.endpoint-observed', says: 'stand in the inventory, as traffic uses them', holds: isSeen },
  {
    kind: 'inv.third-party-egress',
    says: 'are called at services of others',
    holds: (endpoint, { direction }) => isSeen(endpoint) && direction === 'outbound',
  },
  { kind: 'spec.coverage', says: 'are described by a registered spec', holds: ({ labels }) => labels.includes('documented') },
  { kind: 'data.sensitive-flow', says: 'carry classes of data that are known, each by its place', holds: ({ dataClasses }) => dataClasses.length > 0 },
  {
    kind: 'data.pan-observed',
    says: 'carry numbers of payment cards, each by its place',
    holds: ({ dataClasses }) => dataClasses.some((one) => one.class === 'payment_card'),
  },
  {
    kind: 'auth.method-inventory',
    says: 'are asked with credentials of a known kind',
    holds: ({ auth }) => auth.some(({ kind, seen }) => kind !== 'none' && seen > 0),
  },
]

/** The endpoints that show a kind, in the order of the inventory. */
export function shownBy({ holds }: EvidenceKind, { services }: InventoryDocument): readonly EndpointDocument[] {
  return services.flatMap((service) => service.endpoints.filter((endpoint) => holds(endpoint, service)))
}

function isSeen({ exchanges }: EndpointDocument): boolean {
  return exchanges > 0
}
