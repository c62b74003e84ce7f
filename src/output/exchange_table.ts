import type { ExchangeLine } from './exchange_line.ts'
import { leftAligned, paintWith, printable, rightAligned, shortened, sized, type Style } from './text.ts'

/** Turns NDJSON lines of the engine into rows for a person; the widths are fixed, since rows are printed as they come. */
export interface ExchangeTable {
  /** The rows of the whole lines in `chunk`; a cut line waits for the next chunk. */
  rows(chunk: Uint8Array): string
  /** What is left, and why nothing was shown where nothing was. */
  end(): string
}

export function exchangeTable(options: { readonly color: boolean; readonly columns: number }): ExchangeTable {
  const paint = paintWith(options.color)
  const decoder = new TextDecoder()
  const target = Math.max(20, options.columns - fixedColumns)
  let rest = ''
  let shown = 0
  const rowsOf = (text: string): string => {
    const lines = text.split('\n')
    rest = lines.pop() ?? ''
    let rows = ''
    for (const line of lines) {
      if (line === '') continue
      const value = JSON.parse(line) as ExchangeLine | { readonly summary: Readonly<Record<string, number>> }
      if ('summary' in value) {
        rows += `\n${Object.entries(value.summary)
          .map(([name, count]) => `${rightAligned(String(count), 14)}  ${printable(name)}\n`)
          .join('')}`
        continue
      }
      if (shown === 0) rows += paint('dim', titles(target))
      shown += 1
      rows += row(value)
    }
    return rows
  }
  const row = (line: ExchangeLine): string => {
    const status = line.response?.status ?? 0
    const notes = [line.operation?.name ?? line.operation?.kind ?? '', line.auth.join('+'), line.classes.join(' '), line.weirds.join(' ')]
      .filter((note) => note !== '')
      .map(printable)
      .join(' · ')
    const cells = [
      leftAligned((line.request?.ts ?? line.response?.ts ?? '').slice(11, 23), 12),
      leftAligned(printable(line.request?.method ?? '-'), 7),
      leftAligned(shortened(printable(`${line.service}${line.request?.path ?? ''}`), target), target),
      paint(statusStyle(status), rightAligned(line.response?.status === null ? '?' : status === 0 ? '-' : String(status), 3)),
      rightAligned(line.response?.bodyBytes === null || line.response === null ? '-' : sized(line.response.bodyBytes), 8),
      notes,
    ]
    return `${rightAligned(String(line.n), 6)}  ${cells.join('  ')}`.trimEnd() + '\n'
  }
  return {
    rows: (chunk) => rowsOf(rest + decoder.decode(chunk, { stream: true })),
    end: () => {
      const rows = rowsOf(rest === '' ? '' : `${rest}\n`)
      return shown === 0 && rows === '' ? 'No exchange was found.\n' : rows
    },
  }
}

/** Everything but the target: number, time, method, status, bytes, the gaps, and room for notes. */
const fixedColumns = 6 + 12 + 7 + 3 + 8 + 6 * 2 + 16

function titles(target: number): string {
  return `${rightAligned('N', 6)}  ${leftAligned('TIME', 12)}  ${leftAligned('METHOD', 7)}  ${leftAligned('SERVICE AND PATH', target)}  ${rightAligned('ST', 3)}  ${rightAligned('BYTES', 8)}  NOTES\n`
}

function statusStyle(status: number): Style {
  if (status >= 500) return 'red'
  if (status >= 400) return 'yellow'
  return status === 0 ? 'dim' : 'green'
}
