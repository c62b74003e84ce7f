import type { InventoryDocument } from '../../src/inventory/document.ts'

/** The identities of the inventory that do not hold, each as a line; none is what a test expects. */
export function brokenIdentities({ services, visibility }: InventoryDocument): string[] {
  const { packets, tcp, http, logs } = visibility as unknown as Readonly<Record<string, Readonly<Record<string, number>>>>
  if (packets === undefined || tcp === undefined || http === undefined || logs === undefined) return ['a group of counters is missing']
  const { read, kernelDropped: _, ...outcomes } = packets
  const broken: string[] = []
  const equal = (name: string, left: number | undefined, ...right: readonly (number | undefined)[]): void => {
    const sum = right.reduce<number>((total, part) => total + (part ?? Number.NaN), 0)
    if (left !== sum) broken.push(`${name}: ${left} is not ${right.join(' + ')}`)
  }
  equal('packets', read, ...Object.values(outcomes))
  equal('payload', tcp['payloadBytes'], tcp['deliveredBytes'], tcp['retransmittedBytes'], tcp['shedBytes'])
  equal('exchanges', http['exchanges'], http['inEndpoints'], http['quarantined'], http['unread'])
  equal('logs', logs['lines'], logs['exchanges'], logs['rejected'])
  for (const { name, exchanges, endpoints, quarantined, unread } of services) {
    equal(`service ${name}`, exchanges, ...endpoints.map((endpoint) => endpoint.exchanges), quarantined, unread)
  }
  equal('services', http['exchanges'], ...services.map(({ exchanges }) => exchanges), http['quarantinedHostExchanges'])
  return broken
}
