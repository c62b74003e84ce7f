import type { ServiceCount } from './observation.ts'

/** Values of one name that are kept, as the engine does: those that come first by their text, so that no order of arrival shows. */
const valuesMax = 32

/** Takes away facts of which there are too many values; what stays is the same whatever was merged first. */
export function trimFacts(counts: Map<ServiceCount, number>): void {
  if (counts.size <= valuesMax) return
  const byName = new Map<string, ServiceCount[]>()
  for (const fact of counts.keys()) {
    const colon = fact.indexOf(':')
    if (colon < 0) continue
    const name = fact.slice(0, colon)
    const facts = byName.get(name)
    if (facts === undefined) byName.set(name, [fact])
    else facts.push(fact)
  }
  for (const facts of byName.values()) {
    if (facts.length <= valuesMax) continue
    for (const fact of facts.toSorted().slice(valuesMax)) counts.delete(fact)
  }
}
