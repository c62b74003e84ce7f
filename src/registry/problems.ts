import { compareText } from './order.ts'
import type { Place } from './place.ts'
import type { SpecProblem } from './spec.ts'

/** What is wrong with one spec, at most this many: the rest is counted in a last entry. */
const problemsMax = 200

export class Problems {
  readonly #list: SpecProblem[] = []
  #more: number = 0

  add(file: string, place: Place, pointer: string, message: string): SpecProblem {
    const problem = { file, line: place.line, column: place.column, pointer, message, fatal: false }
    this.#push(problem)
    return problem
  }

  /** The document cannot be used at all. Kept whatever the number of the others. */
  refuse(file: string, place: Place, pointer: string, message: string): void {
    this.#list.unshift({ file, line: place.line, column: place.column, pointer, message, fatal: true })
  }

  /** Fatal ones first, then by file and line. */
  all(): SpecProblem[] {
    const sorted = this.#list.toSorted(
      (a, b) => Number(b.fatal) - Number(a.fatal) || compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.message, b.message),
    )
    if (this.#more === 0) return sorted
    const file = sorted[0]?.file ?? ''
    return [...sorted, { file, line: 1, column: 1, pointer: '', message: `${this.#more} more problems are not listed`, fatal: false }]
  }

  /** A parser may say one thing twice of one place. */
  #push(problem: SpecProblem): void {
    const { file, line, column, message } = problem
    if (this.#list.some((known) => known.line === line && known.column === column && known.message === message && known.file === file)) return
    if (this.#list.length < problemsMax) this.#list.push(problem)
    else this.#more += 1
  }
}

/** Text of a document inside a message: at most 80 characters, without line breaks. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return `\`${line.length > 80 ? `${line.slice(0, 79)}…` : line}\``
}
