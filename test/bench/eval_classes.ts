import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import type { Figure } from './eval.ts'
import { linesOf, ndjsonFile, succeed } from './eval_files.ts'

/** Data classes value by value: each labelled value travels as one field of a JSON response, and `exchanges` lists the classes that it saw. */
export async function classFigures(folder: string, scratch: string): Promise<readonly Figure[]> {
  const rows = labelledRows(join(folder, 'pii/labelled.tsv.gz'))
  const input = ndjsonFile(scratch, 'labelled', rows.map(exchangeOf))
  const seen = new Map(
    linesOf(await succeed(['exchanges', input])).map((line) => {
      const { id, classes } = JSON.parse(line) as { id: string; classes: readonly string[] }
      return [id, new Set(classes)]
    }),
  )
  const isHit = (type: keyof typeof types, index: number): boolean => [...(seen.get(String(index)) ?? [])].some((name) => types[type].test(name))
  const scores = (Object.keys(types) as (keyof typeof types)[]).flatMap((type) => {
    let [hits, misses, alarms] = [0, 0, 0]
    rows.forEach(({ label, polarity }, index) => {
      if (label === type && polarity === 'pos' && isHit(type, index)) hits += 1
      else if (label === type && polarity === 'pos') misses += 1
      else if ((label === 'NONE' || label === type) && polarity === 'neg' && isHit(type, index)) alarms += 1
    })
    if (hits + misses === 0) return []
    const [precision, recall] = [hits / Math.max(1, hits + alarms), hits / (hits + misses)]
    return [{ type, precision, recall, f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall) }]
  })
  const negatives = rows.flatMap(({ label }, index) => (label === 'NONE' ? [index] : []))
  const alarms = negatives.filter((index) => (Object.keys(types) as (keyof typeof types)[]).some((type) => isHit(type, index))).length
  return [
    ...scores.flatMap(({ type, precision, recall, f1 }) => [
      { measure: `${type} F1`, value: f1, baseline: `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}` },
    ]),
    {
      measure: `macro F1 over ${scores.length} types`,
      value: scores.reduce((sum, { f1 }) => sum + f1, 0) / scores.length,
      baseline: 'regexes .505; prototype .689; aim .90',
    },
    {
      measure: `false alarms per 10,000 of ${negatives.length} hard negatives`,
      value: (alarms / negatives.length) * 10_000,
      baseline: 'regexes 2,136; prototype 12; aim 10',
    },
  ]
}

const types = {
  EMAIL: /^email$/,
  PHONE: /^phone$/,
  CREDIT_CARD: /^payment_card$/,
  IBAN: /^iban$/,
  IP: /^ip_address$/,
  MAC: /^mac_address$/,
  SSN: /^us_ssn$/,
  SECRET: /^secret/,
} as const

interface Row {
  readonly value: string
  readonly label: string
  readonly polarity: string
  readonly key: string
}

function labelledRows(path: string): readonly Row[] {
  const [head = '', ...lines] = linesOf(gunzipSync(readFileSync(path)).toString())
  const columns = head.split('\t')
  return lines.map((line) => {
    const cells = line.split('\t')
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
    const label = cell('label')
    const value = cell('value').replaceAll(/\\([ntr\\])/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? '\\')
    return {
      value,
      label: label.startsWith('NATIONAL_ID:us.ssn') ? 'SSN' : (label.split(':')[0] ?? ''),
      polarity: cell('polarity'),
      key: cell('key').split('.').at(-1) ?? '',
    }
  })
}

function exchangeOf({ value, key }: Row, index: number): object {
  return {
    id: String(index),
    ts: 1_750_000_000_000 + index,
    method: 'GET',
    host: `h${index % 50}.example`,
    path: '/v',
    status: 200,
    resHeaders: { 'content-type': 'application/json' },
    resBody: { [key === '' ? 'value' : key]: value },
  }
}
