import { segmentOf, segmentsOf } from './template/segment.ts'

/** Finds the template of a path shape: concrete segments before parameters, leftmost first, tails last. */
export class Router<T> {
  readonly #root: Place<T> = emptyPlace()

  /** Adds a template (`/users/{userId}`, tail `{path+}`) with what it leads to; the first of equal skeletons stays. */
  add(template: string, value: T): void {
    let place = this.#root
    for (const segment of segmentsOf(template)) {
      const parts = segmentOf(segment)
      if (parts.classes.length === 0) {
        let next = place.literals.get(segment)
        if (!next) place.literals.set(segment, (next = emptyPlace()))
        place = next
        continue
      }
      if (parts.stem.endsWith('+}')) {
        place.tail ??= { value }
        return
      }
      const { prefix, suffix } = parts
      let parameter = place.parameters.find((known) => known.prefix === prefix && known.suffix === suffix)
      if (!parameter) {
        parameter = { prefix, suffix, next: emptyPlace() }
        place.parameters.push(parameter)
        place.parameters.sort((a, b) => b.prefix.length + b.suffix.length - a.prefix.length - a.suffix.length || (a.suffix < b.suffix ? -1 : 1))
      }
      place = parameter.next
    }
    place.end ??= { value }
  }

  /** The value of the best template that `accept`s; null where none does. Visits each template at most once. */
  find(path: string, accept: (value: T) => boolean = () => true): T | null {
    return search(this.#root, segmentsOf(path), 0, accept)?.value ?? null
  }
}

interface Place<T> {
  readonly literals: Map<string, Place<T>>
  readonly parameters: { readonly prefix: string; readonly suffix: string; readonly next: Place<T> }[]
  tail: { readonly value: T } | null
  end: { readonly value: T } | null
}

function emptyPlace<T>(): Place<T> {
  return { literals: new Map(), parameters: [], tail: null, end: null }
}

function search<T>(place: Place<T>, segments: readonly string[], index: number, accept: (value: T) => boolean): { readonly value: T } | null {
  const segment = segments[index]
  if (segment === undefined) return place.end && accept(place.end.value) ? place.end : null
  const literal = place.literals.get(segment)
  const concrete = literal ? search(literal, segments, index + 1, accept) : null
  if (concrete) return concrete
  for (const { prefix, suffix, next } of place.parameters) {
    if (segment.length <= prefix.length + suffix.length || !segment.startsWith(prefix) || !segment.endsWith(suffix)) continue
    const found = search(next, segments, index + 1, accept)
    if (found) return found
  }
  return place.tail && accept(place.tail.value) ? place.tail : null
}
