import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Figure } from './eval.ts'
import { ndjsonFile, rowsOf, scanAndMatch } from './eval_files.ts'

/**
 * Path templates through `scan` and `match` of the same exchanges, macro means over APIs. Templates are compared without names. FTA is F1 over distinct
 * (method, template), PTA the share of exchanges that are exactly right, `over` of those with a literal that was called a parameter, `under` the reverse.
 */
export async function templateFigures(folder: string, scratch: string): Promise<readonly Figure[]> {
  const files = readdirSync(join(folder, 'templates')).toSorted()
  const figures: Figure[] = []
  for (const [kind, baselines] of Object.entries(measures)) {
    const scores: Score[] = []
    for (const file of files.filter((name) => name.startsWith(kind))) {
      const rows = rowsOf(join(folder, 'templates', file)) as readonly Row[]
      for (const [name, group] of Map.groupBy(rows, (row) => row.set ?? file)) {
        const score = await scoreOf(name, group, scratch)
        if (score === null) continue
        scores.push(score)
        if (kind === 'real') figures.push({ measure: `FTA ${file.replace('.jsonl.gz', '')}`, value: score.fta, baseline: '' })
      }
    }
    const mean = (of: (score: Score) => number): number => scores.reduce((sum, score) => sum + of(score), 0) / scores.length
    for (const [measure, baseline] of Object.entries(baselines)) {
      figures.push({ measure: `${measure} ${kind}, mean of ${scores.length}`, value: mean((score) => score[measure as keyof Score]), baseline })
    }
  }
  return figures
}

const measures: Readonly<Record<string, Readonly<Partial<Record<keyof Score, string>>>>> = {
  real: {
    fta: 'integer and UUID .164; best of others .339; prototype .854, fitted on four of the five (.900 with response values)',
    pta: 'integer and UUID .570; best of others .809; prototype .894',
    over: 'prototype .081',
    under: 'prototype .025',
    precision: '',
    recall: '',
    noise: 'templates that only scanners made: 0',
  },
  synthetic: { fta: 'integer and UUID .420; best of others .578; prototype .890', pta: '', over: '', under: '', noise: '0' },
}

interface Row {
  readonly id: number | string
  readonly method: string
  readonly host?: string
  readonly path: string
  readonly status: number
  readonly rk?: readonly string[] | null
  readonly gt?: string | null
  readonly set?: string
  readonly noise?: boolean
}

interface Score {
  readonly fta: number
  readonly precision: number
  readonly recall: number
  readonly pta: number
  readonly over: number
  readonly under: number
  readonly noise: number
}

async function scoreOf(name: string, rows: readonly Row[], scratch: string): Promise<Score | null> {
  const input = ndjsonFile(
    scratch,
    name,
    rows.map((row, index) => exchangeOf(row, index, name)),
  )
  const { lines } = await scanAndMatch(scratch, input, input)
  const predicted = new Map(lines.map(({ id, template }) => [id, template]))
  const guess = (row: Row): string => canonical(predicted.get(String(row.id)) ?? row.path)
  const known = rows
    .filter((row) => row.gt !== null && row.gt !== undefined)
    .map((row) => ({ method: row.method, truth: canonical(row.gt ?? ''), guess: guess(row) }))
  if (known.length === 0) return null
  const truths = new Set(known.map(({ method, truth }) => `${method} ${truth}`))
  const guesses = new Set(known.map(({ method, guess }) => `${method} ${guess}`))
  const right = [...truths].filter((truth) => guesses.has(truth)).length
  const [precision, recall] = [right / guesses.size, right / truths.size]
  const differs = (test: (truth: string, guess: string) => boolean, ifLengths: boolean): number =>
    known.filter(({ truth, guess }) => {
      const [one, other] = [truth.split('/'), guess.split('/')]
      return one.length === other.length ? one.some((segment, index) => test(segment, other[index] ?? '')) : ifLengths
    }).length / known.length
  const noise = new Set(rows.flatMap((row) => (row.noise === true ? [`${row.method} ${guess(row)}`] : [])).filter((name) => !guesses.has(name)))
  return {
    precision,
    recall,
    fta: right === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    pta: known.filter(({ truth, guess }) => truth === guess).length / known.length,
    over: differs((truth, guess) => !truth.includes('{}') && guess.includes('{}'), false),
    under: differs((truth, guess) => truth.includes('{}') && !guess.includes('{}'), true),
    noise: noise.size,
  }
}

function exchangeOf(row: Row, index: number, name: string): object {
  const host = row.host ?? row.set ?? name
  return {
    id: String(row.id),
    ts: 1_750_000_000_000 + index * 50,
    scheme: 'https',
    method: row.method,
    host: host.includes('.') ? host : `${host}.example`,
    path: row.path,
    status: row.status,
    client: `10.0.${index % 40}.${(index % 7) + 1}`,
    resHeaders: { 'content-type': 'application/json' },
    ...((row.rk ?? []).length === 0 ? {} : { resBody: Object.fromEntries((row.rk ?? []).map((key) => [key, 'x'])) }),
  }
}

/** Without names; parameters that are joined inside one segment are one. */
function canonical(template: string): string {
  return `/${template.replaceAll(/\{[^}]*\}/g, '{}').replaceAll(/^\/+|\/+$/g, '')}`.replaceAll(/\{\}(?:[,;~_-]?\{\})+/g, '{}')
}
