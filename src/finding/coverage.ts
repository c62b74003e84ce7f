import type { ServiceDocument } from '../inventory/document.ts'

/** How much of the traffic of these services could be seen, by their exchanges; null where there were none. */
export function coverageOf(services: ReadonlyArray<Pick<ServiceDocument, 'exchanges' | 'visibility'>>): number | null {
  const exchanges = services.reduce((sum, service) => sum + service.exchanges, 0)
  if (exchanges === 0) return null
  return Math.round((services.reduce((sum, service) => sum + service.exchanges * service.visibility.coverage, 0) / exchanges) * 10_000) / 10_000
}
