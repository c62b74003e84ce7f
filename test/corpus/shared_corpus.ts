import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A recorded capture, and what is known of it. */
export interface Capture {
  readonly kind: string
  readonly name: string
  readonly path: string
  /** First 8 digits of the SHA-256 of the file. */
  readonly digits: string
}

/**
 * The folder with recorded captures, or null. A clone of the project does not have it: then the tests that need it are skipped, and
 * say so.
 */
export function sharedCorpus(): string | null {
  const shared = process.env['TAPISTRY_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url))
  const corpus = join(shared, 'corpus')
  if (existsSync(corpus)) return corpus
  process.stdout.write(`skipped: there is no ${corpus}; TAPISTRY_SHARED names the folder with the recorded captures\n`)
  return null
}

/** The kinds of captures, sorted. */
export function kindsIn(corpus: string): readonly string[] {
  return readdirSync(corpus, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

/** The captures of a kind, sorted, without the files that stand beside them. */
export function capturesOf(corpus: string, kind: string): readonly Capture[] {
  return readdirSync(join(corpus, kind))
    .filter((name) => !['.truth.json', '.keys', '.rsa.pem'].some((suffix) => name.endsWith(suffix)))
    .toSorted()
    .map((name) => ({ kind, name, path: join(corpus, kind, name), digits: name.slice(0, 8) }))
}

/** Packets of each capture by its digits, where the index could read it. */
export function packetsByDigits(corpus: string): ReadonlyMap<string, number> {
  const [header = '', ...rows] = readFileSync(join(corpus, 'INDEX.tsv'), 'utf8').trimEnd().split('\n')
  const columns = header.split('\t')
  const at = (column: string): number => columns.indexOf(column)
  return new Map(
    rows.flatMap((row) => {
      const cells = row.split('\t')
      const digits = cells[at('path')]?.split('/').at(-1)?.slice(0, 8) ?? ''
      return cells[at('format')] === '?' ? [] : [[digits, Number(cells[at('packets')])] as const]
    }),
  )
}
