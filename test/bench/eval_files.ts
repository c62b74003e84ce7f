import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import type { MatchLine } from '../../src/output/match_line.ts'
import { run } from '../cli/run.ts'

/** The rows of a gzipped file of JSON lines. */
export function rowsOf(path: string): readonly unknown[] {
  return linesOf(gunzipSync(readFileSync(path)).toString()).map((line) => JSON.parse(line) as unknown)
}

/** The lines of a text that are not empty. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** Writes exchanges as NDJSON below `scratch` and gives the path. */
export function ndjsonFile(scratch: string, name: string, exchanges: readonly object[]): string {
  const path = join(scratch, `${name.replaceAll('/', '_')}.ndjson`)
  writeFileSync(path, exchanges.map((exchange) => `${JSON.stringify(exchange)}\n`).join(''))
  return path
}

/** The inventory of `learn`, and where each exchange of `matched` belongs in it. */
export async function scanAndMatch(
  scratch: string,
  learn: string,
  matched: string,
): Promise<{ readonly inventory: InventoryDocument; readonly lines: readonly MatchLine[] }> {
  const path = join(scratch, 'inventory.json')
  await succeed(['scan', learn, '--format', 'json', '-o', path, '--quiet'])
  const out = await succeed(['match', '--inventory', path, '--input', matched])
  return { inventory: JSON.parse(readFileSync(path, 'utf8')) as InventoryDocument, lines: linesOf(out).map((line) => JSON.parse(line) as MatchLine) }
}

/** Standard output of a command that must not fail. */
export async function succeed(argv: readonly string[]): Promise<string> {
  const { exitCode, out, err } = await run(argv)
  if (exitCode !== 0) throw new Error(`tapistry ${argv.join(' ')} ended with ${exitCode}: ${err}`)
  return out
}
