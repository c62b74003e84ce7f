/** The keys below `key` whose values differ, at most a few: `sources.0.format`. Never the values, which may be secrets. */
export function changedKeys(key: string, before: unknown, after: unknown): readonly string[] {
  const changed = [...differing(key, before, after)]
  return changed.length > keysMax ? [...changed.slice(0, keysMax), `and ${changed.length - keysMax} more`] : changed
}

const keysMax = 8

function* differing(key: string, before: unknown, after: unknown): Generator<string> {
  if (isTree(before) && isTree(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) yield* differing(`${key}.${name}`, before[name], after[name])
  } else if (before !== after) yield key
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
