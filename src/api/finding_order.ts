import type { Severity } from '../inventory/document.ts'
import type { FindingLine } from '../output/finding_line.ts'
import type { KeyKind } from './cursor.ts'
import type { Key } from './keyset.ts'

/** What findings can be sorted by. */
export type FindingOrder = 'severity' | 'kind' | 'count' | 'firstSeen' | 'lastSeen'

export const findingOrders: readonly FindingOrder[] = ['severity', 'kind', 'count', 'firstSeen', 'lastSeen']

export const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']

export function findingKey({ id, severity, kind, count, firstSeen, lastSeen }: FindingLine, order: FindingOrder): Key {
  switch (order) {
    case 'severity':
      return [severities.indexOf(severity), kind, id]
    case 'kind':
      return [kind, id]
    case 'count':
      return [count, id]
    case 'firstSeen':
      return [firstSeen ?? '', id]
    case 'lastSeen':
      return [lastSeen ?? '', id]
  }
}

/** The types of the values of a key. */
export function findingKeyKinds(order: FindingOrder): readonly KeyKind[] {
  if (order === 'severity') return ['number', 'string', 'string']
  return order === 'count' ? ['number', 'string'] : ['string', 'string']
}
