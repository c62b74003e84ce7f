import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exchangesOf } from '../traffic/engine.ts'
import { capturesOf, kindsIn, sharedCorpus } from './shared_corpus.ts'
import { differencesFrom, truthOf } from './truth.ts'

const corpus = sharedCorpus()
const kinds = ['h1-clean', 'h1-evader', 'h1-lossy', 'h1-odd', 'h2', 'grpc']

describe.skipIf(corpus === null)('the exchanges of recorded captures are those that Wireshark shows', () => {
  const reasons = reasonsByDigits()
  const compared = new Set<string>()

  it.each(corpus === null ? [] : kinds)(
    '%s',
    async (kind) => {
      const faults: string[] = []
      for (const { path, name, digits } of capturesOf(corpus ?? '', kind)) {
        const truth = truthOf(path)
        if (truth === null) continue
        compared.add(digits)
        const { result } = await exchangesOf([path])
        const differences = differencesFrom(truth, result)
        if (!reasons.has(digits)) faults.push(...differences.map((difference) => `${name}: ${difference}`))
        else if (differences.length === 0) faults.push(`${name}: the row in differences.tsv is not needed any more`)
      }
      expect(compared.size).toBeGreaterThan(0)
      expect(faults).toEqual([])
    },
    60_000,
  )

  it('and every row of differences.tsv names a capture', () => {
    const captures = new Set(kindsIn(corpus ?? '').flatMap((kind) => capturesOf(corpus ?? '', kind).map(({ digits }) => digits)))
    expect([...reasons.keys()].filter((digits) => !captures.has(digits))).toEqual([])
  })
})

/** Where we differ on purpose: first digits of the SHA-256 of a capture, and why. Rows of what is not of grade A are for `npm run fidelity`. */
function reasonsByDigits(): ReadonlyMap<string, string> {
  const rows = readFileSync(new URL('differences.tsv', import.meta.url), 'utf8').split('\n')
  return new Map(rows.filter((row) => row !== '' && !row.startsWith('#')).map((row) => [row.split('\t')[0] ?? '', row.split('\t')[2] ?? '']))
}
