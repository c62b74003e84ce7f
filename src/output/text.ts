import { styleText } from 'node:util'

export { printable } from '../base/printable.ts'

/** Styles a piece of text, or leaves it as it is where nobody wants colour. */
export type Paint = (style: Style, text: string) => string

export type Style = Parameters<typeof styleText>[0]

export function paintWith(color: boolean): Paint {
  return color ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text
}

/** `text` cut to `width` columns in its middle, where paths differ least from each other. */
export function shortened(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text
  const tail = Math.floor((width - 1) / 2)
  return `${characters.slice(0, width - 1 - tail).join('')}…${tail > 0 ? characters.slice(-tail).join('') : ''}`
}

/** Padded on the right to `width` columns. */
export function leftAligned(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}

/** Padded on the left to `width` columns. */
export function rightAligned(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - [...text].length)) + text
}

/** Lines of at most `width` columns, broken between words; a longer word is shortened in its middle. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').map((part) => shortened(part, width))) {
    if (line !== '' && [...line].length + 1 + [...word].length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}

/** `12,345`. */
export function grouped(count: number): string {
  // Not toLocaleString: the first call loads the tables of all languages, which takes longer than a small scan.
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `3 endpoints`, `1 endpoint`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** `512 B`, `14.2 kB`, `1.3 GB`: decimal, as disks and networks count. */
export function sized(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `98 %`; `<1 %` and `>99 %` where rounding would claim nothing or everything. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %'
  if (share < 1 && share > 0.99) return '>99 %'
  return `${Math.round(share * 100)} %`
}
