/** Problems of parts by their names, in words: the first few of them, and how many more there are. Null where there is none. */
export function namedProblems(problems: ReadonlyMap<string, string>): string | null {
  if (problems.size === 0) return null
  const shown = [...problems].slice(0, shownMax).map(([name, problem]) => `${name}: ${problem}`)
  const left = problems.size - shown.length
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('; ')
}

const shownMax = 3
