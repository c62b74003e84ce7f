import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { packageFolder } from '../src/base/version.ts'

const read = (path: string): string => readFileSync(join(packageFolder, path), 'utf8')

/** Rows of the tables that name a file and a constant or field in it. */
const rows = read('docs/limits.md')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .flatMap(([, , maximum = '', , , place = '']) => {
    const [, path, name] = /^`((?:src|native)\/[^`]+)` `(\w+)`$/.exec(place) ?? []
    return path === undefined || name === undefined ? [] : [[path, name, maximum] as const]
  })

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** `16 MiB`, `100,000`. */
function numberOf(text: string): number {
  const [amount = '', unit] = text.split(' ')
  return Number(amount.replaceAll(',', '')) * (unit === undefined ? 1 : (units[unit] ?? Number.NaN))
}

/** `16 << 20`, `2 ** 20`, `262_144`: what TypeScript and Rust write in the same way. */
function valueOf(text: string): number {
  return evaluated(text.replaceAll('_', '').match(/\d+|<<|\*\*|\*/g) ?? [])
}

/** Of powers and shifts behind at most one factor, so that it does not matter which goes first. */
function evaluated(tokens: readonly string[]): number {
  const [first = '', operator, ...rest] = tokens
  if (operator === undefined) return Number(first)
  const right = evaluated(rest)
  if (operator === '<<') return Number(first) * 2 ** right
  return operator === '**' ? Number(first) ** right : Number(first) * right
}

test('the tables name something', () => {
  expect(rows.length).toBeGreaterThan(50)
})

test.each(rows)('%s %s is %s', (path, name, maximum) => {
  const found = new RegExp(`\\b${name}(?:\\??: [\\w<>]+)?(?: =|:) ([\\d_][\\d_ *<]*)`).exec(read(path))
  expect(found === null ? `no ${name} in ${path}` : valueOf(found[1] ?? '')).toBe(numberOf(maximum))
})
