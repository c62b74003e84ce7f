/**
 * Compares the exchanges of every recorded capture with what tshark saw: `node tools/fidelity.ts [KIND...]`. The comparison and its rules by
 * grade are ../shared/fidelity/fidelity.py; test/corpus/differences.tsv has a row with the reason wherever we are right. Prints a table of kinds by
 * grade. Ends with 1 where a capture differs without a row, or has a row without differing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const shared = process.env['TAPISTRY_SHARED'] ?? join(root, '../shared')
const comparer = join(shared, 'fidelity/fidelity.py')
const rows = join(root, 'test/corpus/differences.tsv')

if (existsSync(comparer)) process.exitCode = main(process.argv.slice(2))
else process.stdout.write(`skipped: there is no ${comparer}; TAPISTRY_SHARED names the folder with the recorded captures\n`)

function main(kinds: readonly string[]): number {
  const chosen = kinds.length > 0 ? ['--kind', kinds.join(',')] : []
  const product = ['--product', join(root, 'bin/tapistry'), '--waive', rows, '--details', '20', ...chosen]
  const { stdout, stderr, status } = spawnSync('python3', [comparer, ...product, join(shared, 'corpus')], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0 && status !== 1) {
    process.stderr.write(`fidelity.py could not compare: ${stderr}\n`)
    return 3
  }
  const lines = stdout.split('\n')
  const captures = lines.flatMap(captureOf)
  process.stdout.write(`${tableOf(captures, lines.flatMap(totalOf))}\n`)
  const unneeded = rowsWithoutDifference(captures)
  const unexplained = lines.filter((line) => line.startsWith('DIFFER') || line.startsWith('         '))
  if (unexplained.length > 0) process.stdout.write(`\nWithout a row in ${rows}:\n${unexplained.join('\n')}\n`)
  if (unneeded.length > 0) process.stdout.write(`\nNo longer different, so their rows are not needed:\n${unneeded.join('\n')}\n`)
  return unexplained.length + unneeded.length > 0 ? 1 : 0
}

interface CaptureLine {
  readonly outcome: 'ok' | 'waived' | 'DIFFER'
  readonly grade: string
  readonly kind: string
  readonly name: string
}

/** `DIFFER B h1-odd/0f5aee02__a.pcap: 1 of 1 matched; 1 extra`. */
function captureOf(line: string): CaptureLine[] {
  const [, outcome, grade, kind, name] = /^(ok|waived|DIFFER) +([A-D-]) ([^/]+)\/([^:]+): /.exec(line) ?? []
  if (outcome === undefined || grade === undefined || kind === undefined || name === undefined) return []
  return [{ outcome: outcome as CaptureLine['outcome'], grade, kind, name }]
}

interface Total {
  readonly key: string
  readonly matched: number
  readonly expected: number
  readonly differences: string
}

/** A line of fidelity.py's totals: exchanges of grade A, messages of the others. */
function totalOf(line: string): Total[] {
  const [, kind, grade, matched, expected, differences] = /^corpus +(\S+) +([A-D-]) +\d+\/\d+ +(\d+)\/(\d+) +(.*)$/.exec(line) ?? []
  if (kind === undefined || kind === 'ALL' || grade === undefined) return []
  return [{ key: `${kind}\t${grade}`, matched: Number(matched), expected: Number(expected), differences: differences ?? '' }]
}

function tableOf(captures: readonly CaptureLine[], totals: readonly Total[]): string {
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, index) => (index < 2 || index > 6 ? String(cell).padEnd(index === 1 ? 6 : 16) : String(cell).padStart(11)))
      .join(' ')
      .trimEnd()
  const cellsOf = (kind: string, grade: string, fits: (at: string) => boolean): (string | number)[] => {
    const own = captures.filter((capture) => fits(`${capture.kind}\t${capture.grade}`))
    const sums = totals.filter(({ key }) => fits(key))
    const count = (outcome: CaptureLine['outcome']): number => own.filter((capture) => capture.outcome === outcome).length
    const found = `${sum(sums.map(({ matched }) => matched))}/${sum(sums.map(({ expected }) => expected))}`
    const notes = sums.length === 1 ? (sums[0]?.differences ?? '') : ''
    return [kind, grade, own.length, count('ok'), count('waived'), count('DIFFER'), found, ` ${notes}`]
  }
  const keys = [...new Set(totals.map(({ key }) => key))].toSorted()
  const grades = [...new Set(captures.map(({ grade }) => grade))].toSorted()
  return [
    line(['kind', 'grade', 'captures', 'equal', 'better', 'differ', 'as truth', ' differences']),
    ...keys.map((key) => line(cellsOf(key.split('\t')[0] ?? '', key.split('\t')[1] ?? '', (at) => at === key))),
    ...grades.map((grade) => line(cellsOf('all', grade, (at) => at.endsWith(`\t${grade}`)))),
    line(cellsOf('all', 'all', () => true)),
  ].join('\n')
}

function rowsWithoutDifference(captures: readonly CaptureLine[]): readonly string[] {
  const lines = readFileSync(rows, 'utf8').split('\n')
  const digits = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t')[0] ?? '')
  const equal = captures.filter(({ outcome }) => outcome === 'ok')
  return digits.filter((begin) => equal.some(({ name }) => name.startsWith(begin)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
