import { shortened, wrapped, type Paint } from './text.ts'

/** What every part of the table needs to know. */
export interface Page {
  readonly paint: Paint
  readonly columns: number
}

/** A bold title, and facts beside it where they fit, else in lines of their own below it. */
export function titled(title: string, facts: readonly string[], { paint, columns }: Page): string {
  const text = facts.join(' · ')
  if ([...title].length + 2 + [...text].length <= columns) return `${paint('bold', title)}  ${paint('dim', text)}`
  return [paint('bold', shortened(title, columns)), ...wrapped(text, columns - 2).map((line) => `  ${paint('dim', line)}`)].join('\n')
}
