import { readJsonText } from './json_text.ts'
import { firstPlace, type Place } from './place.ts'
import type { JsonValue, SpecProblem } from './spec.ts'
import type { Problems } from './problems.ts'
import type { TextReading } from './tree.ts'
import { readYamlText } from './yaml_text.ts'

/** UTF-16 units of one file. */
const documentLengthMax = 64 * 1024 * 1024

/** One parsed file. */
export interface SpecDocument {
  readonly file: string
  readonly root: JsonValue
  /** Where the text is no JSON or YAML, or too long: what stands behind it may be missing. */
  readonly broken: SpecProblem | null
  /** Where a container, or one of its keys, is written. */
  place(container: object, key?: string): Place
  /** Whether the container was read from this file. */
  holds(container: object): boolean
}

/** Reads a file as JSON or YAML, told by its first characters. What is wrong goes to `problems`; the root is null where nothing could be read. */
export function readDocument(file: string, text: string, problems: Problems): SpecDocument {
  if (text.length > documentLengthMax) {
    const broken = problems.add(file, firstPlace, '', `larger than ${documentLengthMax} characters: the file is not read`)
    return { file, root: null, broken, place: () => firstPlace, holds: () => false }
  }
  const clean = text.startsWith('\uFEFF') ? text.slice(1) : text
  const reading: TextReading = looksLikeJson.test(clean) ? readJsonText(clean) : readYamlText(clean)
  const placeAt = lineIndex(clean)
  let broken: SpecProblem | null = null
  for (const problem of reading.problems) {
    const added = problems.add(file, placeAt(problem.offset), '', problem.message)
    if (problem === reading.broken) broken = added
  }
  return { file, root: reading.root, broken, place: (container, key) => placeAt(reading.offsetOf(container, key)), holds: reading.holds }
}

/** A flow map of YAML without quotes begins with `{` too, and is no JSON. */
const looksLikeJson = /^\s*(?:\{\s*["}]|\[)/

function lineIndex(text: string): (offset: number) => Place {
  const starts: number[] = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
