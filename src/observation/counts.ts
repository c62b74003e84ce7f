/** No counts yet: shared, and so never added to. */
export const noCounts: Map<string, number> = new Map()

/** `sum`, which belongs to the caller or is `noCounts`, with `counts` added. */
export function addCounts(sum: Map<string, number>, counts: ReadonlyMap<string, number>): Map<string, number> {
  if (counts.size === 0) return sum
  const own = sum === noCounts ? new Map<string, number>() : sum
  for (const [name, count] of counts) own.set(name, (own.get(name) ?? 0) + count)
  return own
}
