import type { KeyKind } from './cursor.ts'
import type { EndpointRow } from './endpoint_row.ts'
import type { Key } from './keyset.ts'

/** What endpoints can be sorted by; `service` is the order of the inventory. */
export type EndpointOrder = 'service' | 'template' | 'method' | 'risk' | 'exchanges' | 'firstSeen' | 'lastSeen'

export const endpointOrders: readonly EndpointOrder[] = ['service', 'template', 'method', 'risk', 'exchanges', 'firstSeen', 'lastSeen']

/** The key of an endpoint; what was never seen comes first by time. */
export function endpointKey({ service, endpoint }: EndpointRow, order: EndpointOrder): Key {
  const { id, method, template, risk, exchanges, firstSeen, lastSeen } = endpoint
  switch (order) {
    case 'service':
      return [service.name, template, method, id]
    case 'template':
      return [template, method, service.name, id]
    case 'method':
      return [method, service.name, template, id]
    case 'risk':
      return [risk.score, id]
    case 'exchanges':
      return [exchanges, id]
    case 'firstSeen':
      return [firstSeen ?? '', id]
    case 'lastSeen':
      return [lastSeen ?? '', id]
  }
}

/** The types of the values of a key. */
export function endpointKeyKinds(order: EndpointOrder): readonly KeyKind[] {
  if (order === 'risk' || order === 'exchanges') return ['number', 'string']
  return order === 'firstSeen' || order === 'lastSeen' ? ['string', 'string'] : ['string', 'string', 'string', 'string']
}
