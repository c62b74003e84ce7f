import type { Shape } from '../../observation/shape.ts'
import type { Schema } from '../../registry/spec.ts'
import type { Drift, DriftKind } from '../drift_record.ts'
import type { Budget } from './budget.ts'
import { valueDepartures, verdictValuesMin, type Departure, type Typing } from './values.ts'
import { viewOf, type View } from './view.ts'

/** The direction, and what stands before the JSON path in a location: `200 application/json`. */
export interface BodyPlace {
  readonly in: 'request' | 'response'
  readonly label: string
  readonly typing: Typing
  /** Bodies that may not have been read to their end: a property missing from no more than these says nothing. */
  readonly cutShort: number
}

/** Compares the counted shape of bodies with their schema, as deep as the shape goes. */
export function bodyDrift(schema: Schema, shape: Shape, place: BodyPlace, budget: Budget): Drift[] {
  const found: Drift[] = []
  compareNode({ schema, shape, path: '$', place, budget, found })
  return found
}

interface Node {
  readonly schema: Schema
  readonly shape: Shape
  readonly path: string
  readonly place: BodyPlace
  readonly budget: Budget
  readonly found: Drift[]
}

function compareNode(node: Node): void {
  const { schema, shape, path, place, budget, found } = node
  if (shape.seen === 0 || typeof schema === 'boolean') return
  const view = viewOf(schema, budget)
  if (view.writeOnly && place.in === 'response') {
    found.push(drift(node, 'response-write-only-property-sent', 'warning', 'only in requests', 'in responses', shape.seen, shape.seen))
  }
  for (const departure of valueDepartures(view, shape, place.typing)) found.push(fromDeparture(node, departure))
  if (shape.objects > 0) compareFields(node, view)
  if (shape.items !== null && view.items !== null) compareNode({ ...node, schema: view.items, shape: shape.items, path: `${path}[*]` })
}

function compareFields(node: Node, view: View): void {
  const { shape, path } = node
  for (const [name, field] of [...shape.fields].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const documented = view.properties.get(name)
    const below = { ...node, shape: field, path: fieldPath(path, name) }
    if (documented !== undefined) compareNode({ ...below, schema: documented })
    else if (typeof view.additional === 'object') compareNode({ ...below, schema: view.additional })
    else undocumentedField(below, name, view, shape.objects)
  }
  for (const name of [...view.required].toSorted()) missingField(node, name, view)
  unmatchedChoice(node, view)
}

/** A name that looks like a value is the key of a map; and a schema that names no property documents none. */
function undocumentedField(node: Node, name: string, view: View, objects: number): void {
  if (isHidden(name) || (view.additional === true && view.properties.size === 0)) return
  const closed = view.additional === false
  const documented = closed ? 'no further properties' : 'not named'
  node.found.push(drift(node, `${node.place.in}-property-undocumented`, closed ? 'warning' : 'info', documented, 'present', node.shape.seen, objects))
}

function missingField(node: Node, name: string, view: View): void {
  const { shape, place } = node
  const present = Math.min(shape.fields.get(name)?.seen ?? 0, shape.objects)
  const missing = shape.objects - present
  if (missing <= place.cutShort || couldBeHidden(shape, missing)) return
  if (travelsOtherWay(node, name, view)) return
  const below = { ...node, path: fieldPath(node.path, name) }
  const found = drift(
    below,
    `${place.in}-required-property-missing`,
    severityOf(shape),
    'required',
    `present in ${present} of ${shape.objects}`,
    missing,
    shape.objects,
  )
  node.found.push({ ...found, message: `${subjectOf(below)}: the spec requires it, ${missing} of ${shape.objects} lack it.` })
}

/**
 * Objects that match no branch of a choice, by what the branches require: no more match a branch than have all that it requires, so the rest match none.
 * A lower bound, since which fields came together is not known.
 */
function unmatchedChoice(node: Node, view: View): void {
  const { shape, place } = node
  for (const branches of view.choices) {
    const matching = branches.reduce((sum, branch) => sum + matchingMost(node, branch, view.required), 0)
    const unmatched = shape.objects - matching
    if (unmatched <= place.cutShort || couldBeHidden(shape, unmatched)) continue
    node.found.push(
      drift(node, `${place.in}-matches-no-branch`, severityOf(shape), `one of ${branches.length} forms`, 'none of them', unmatched, shape.objects),
    )
    return
  }
}

/** Objects that may match a branch; what all branches require is another departure. */
function matchingMost(node: Node, branch: View, everywhere: ReadonlySet<string>): number {
  const { shape } = node
  if (branch.types !== null && !branch.types.has('object')) return 0
  const names = [...branch.required].filter((name) => !everywhere.has(name) && !travelsOtherWay(node, name, branch))
  return names.reduce((least, name) => Math.min(least, shape.fields.get(name)?.seen ?? 0), shape.objects)
}

/** `required` speaks of the direction in which the property travels at all. */
function travelsOtherWay({ place, budget }: Node, name: string, view: View): boolean {
  const documented = view.properties.get(name)
  if (typeof documented !== 'object') return false
  const property = viewOf(documented, budget)
  return place.in === 'request' ? property.readOnly : property.writeOnly
}

/** One object proves the spec wrong; how wrong shows with many. */
function severityOf(shape: Shape): Drift['severity'] {
  return shape.objects >= verdictValuesMin ? 'error' : 'warning'
}

/** Names that were not shown, or did not fit, may be the one that is missed. */
function couldBeHidden(shape: Shape, missing: number): boolean {
  let hidden = shape.fieldsFolded
  for (const [name, field] of shape.fields) if (isHidden(name)) hidden += field.seen
  return hidden >= missing
}

function isHidden(name: string): boolean {
  return /^\{.*\}$/s.test(name)
}

function fieldPath(path: string, name: string): string {
  return isHidden(name) ? `${path}[*]` : /^[A-Za-z_$][\w$-]*$/.test(name) ? `${path}.${name}` : `${path}['${name.slice(0, 80)}']`
}

const suffixes: Readonly<Record<Departure['aspect'], 'type-changed' | 'format-changed' | 'enum-value-added' | 'became-nullable'>> = {
  type: 'type-changed',
  format: 'format-changed',
  enum: 'enum-value-added',
  null: 'became-nullable',
}

function fromDeparture(node: Node, departure: Departure): Drift {
  const kind: DriftKind = `${node.place.in}-property-${suffixes[departure.aspect]}`
  return drift(node, kind, departure.severity, departure.documented, departure.observed, departure.seen, departure.of)
}

function drift(node: Node, kind: DriftKind, severity: Drift['severity'], documented: string, observed: string, seen: number, of: number): Drift {
  const message = `${subjectOf(node)}: the spec says ${documented}, traffic shows ${observed} (${seen} of ${of}).`
  return { kind, severity, in: node.place.in, location: locationOf(node), documented, observed, seen, of, message }
}

function subjectOf(node: Node): string {
  return `${node.place.in === 'request' ? 'Request' : 'Response'} ${locationOf(node)}`
}

function locationOf({ place, path }: Node): string {
  return `${place.label} ${path}`.trim()
}
