import { scanSource } from '../source/tail/beginnings.ts'
import { readPosition } from '../source/tail/position.ts'
import type { Commit, SourcePosition } from '../storage/repository.ts'

/** Files that scans have read whose paths are remembered. */
const scannedMax = 1_000

/** What is kept where a scan has read files with these positions, by their paths: beyond a number those go that were scanned longest ago. */
export function scannedFiles(before: readonly SourcePosition[], read: ReadonlyMap<string, string>): Commit['sources'] {
  const others = before.filter(({ source, part }) => source === scanSource && !read.has(part)).toSorted((a, b) => usedMs(a) - usedMs(b))
  const gone = others.slice(0, Math.max(0, others.length + read.size - scannedMax)).map(({ part }) => [part, null] as const)
  return [...gone, ...read].map(([part, position]) => ({ source: scanSource, part, position }))
}

function usedMs({ position }: SourcePosition): number {
  return readPosition(position).usedMs ?? 0
}
