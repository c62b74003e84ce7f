/**
 * Orders version texts by their numbers: `v1.9` before `1.10`, `2.0-beta` before `2.0`, dates by day. 0 where neither is newer,
 * also where they are of different kinds.
 */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a)
  const right = parseVersion(b)
  for (let index = 0; index < Math.max(left.numbers.length, right.numbers.length); index += 1) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  // A suffix marks what comes before the release.
  if ((left.suffix === '') !== (right.suffix === '')) return left.suffix === '' ? 1 : -1
  return left.suffix < right.suffix ? -1 : left.suffix > right.suffix ? 1 : 0
}

/** A path with its version segment as `v*`, so that `/v1/users` and `/v2/users` are the same. */
export function withoutVersion(path: string): string {
  return path.replaceAll(/(?<=\/)v\d{1,3}(?:[._]\d{1,3}){0,2}(?=\/|$)/gi, 'v*')
}

function parseVersion(text: string): { readonly numbers: readonly number[]; readonly suffix: string } {
  const found = /^\D{0,20}?(\d{1,15}(?:[._-]\d{1,15}){0,7})(.{0,50})/s.exec(text.trim())
  // What follows `+` is a build, which orders nothing.
  const suffix = (found?.[2] ?? text.slice(0, 50)).replace(/\+.*$/s, '')
  return {
    numbers: (found?.[1] ?? '')
      .split(/[._-]/)
      .filter((part) => part !== '')
      .map(Number),
    suffix,
  }
}
