import type { Values } from './shape.ts'

/**
 * Adds up distinct values of one place. Of samples it keeps the smallest hashes of all: one that stays has its exact count, since it was among the
 * smallest wherever it was seen. Of closed sets it keeps all or none.
 */
export class ValuesSum implements Values {
  max: number = Number.MAX_SAFE_INTEGER
  isSample: boolean = true
  hashes: number[] = none
  counts: number[] = none
  texts: (string | null)[] = none

  /** Adds the first `length` of `values`. */
  add(values: Values, length: number = values.hashes.length): void {
    this.max = Math.min(this.max, values.max)
    this.isSample &&= values.isSample
    if (length > 0) {
      if (this.hashes.length === 0) this.#take(values, Math.min(length, this.max))
      else if (!this.#addKnown(values, length)) this.#merge(values, length)
    }
    if (!this.isSample && this.hashes.length >= this.max) this.max = 0
    if (this.hashes.length > this.max) this.#take(this, this.max)
  }

  /** Adds to the counts in place where no value is new but those that are too large to stay, which is most often so; else does nothing. */
  #addKnown(values: Values, length: number): boolean {
    const { max, hashes, counts, texts } = this
    if (values.texts.length > 0 && texts.length === 0) return false
    const last = hashes.length < max ? Infinity : (hashes.at(-1) ?? 0)
    let at = 0
    let known = 0
    for (; known < length; known += 1) {
      const hash = values.hashes[known] ?? 0
      if (hash > last) break
      while ((hashes[at] ?? Infinity) < hash) at += 1
      if (hashes[at] !== hash) return false
      places[known] = at
    }
    for (let j = 0; j < known; j += 1) {
      const place = places[j] ?? 0
      counts[place] = (counts[place] ?? 0) + (values.counts[j] ?? 0)
      if (texts.length > 0) texts[place] ??= values.texts[j] ?? null
    }
    return true
  }

  #merge(values: Values, length: number): void {
    const { max, hashes, counts, texts } = this
    const hasTexts = texts.length > 0 || values.texts.length > 0
    let stay = 0
    let i = 0
    let j = 0
    for (; stay < max && (i < hashes.length || j < length); stay += 1) {
      const left = i < hashes.length ? (hashes[i] ?? 0) : Infinity
      const right = j < length ? (values.hashes[j] ?? 0) : Infinity
      let count = 0
      let text: string | null = null
      if (left <= right) {
        count = counts[i] ?? 0
        if (hasTexts) text = texts[i] ?? null
        i += 1
      }
      if (right <= left) {
        count += values.counts[j] ?? 0
        if (hasTexts) text ??= values.texts[j] ?? null
        j += 1
      }
      merged.hashes[stay] = left < right ? left : right
      merged.counts[stay] = count
      if (hasTexts) merged.texts[stay] = text
    }
    this.#take(hasTexts ? merged : { ...merged, texts: [] }, stay)
  }

  /** Keeps the first `length` of what is given. A slice takes just the room it needs, where an array that grows takes more. */
  #take({ hashes, counts, texts }: Columns, length: number): void {
    this.hashes = length === 0 ? none : hashes.slice(0, length)
    this.counts = length === 0 ? none : counts.slice(0, length)
    this.texts = length === 0 || texts.length === 0 ? none : texts.slice(0, length)
  }
}

type Columns = Pick<Values, 'hashes' | 'counts' | 'texts'>

/** No values: shared, since most places keep none. */
const none: never[] = []

/** Where known values stand. */
const places: number[] = []

/** Where values are gathered until their number is known. */
const merged: { readonly hashes: number[]; readonly counts: number[]; readonly texts: (string | null)[] } = { hashes: [], counts: [], texts: [] }
