import type { Correction } from '../inventory/template/corrections.ts'
import { compileRegistry } from '../registry/compile_registry.ts'
import { parseSpec, type ParsedSpec } from '../registry/parse_spec.ts'
import type { Spec, SpecProblem } from '../registry/spec.ts'
import { decisionsOf, type Decision, type DecisionChange, type SpecDecision } from './decision.ts'
import type { Known } from './reader.ts'

/** A registered API document: of the configuration, or kept in the store. */
export interface RegisteredSpec {
  readonly spec: Spec
  /** The services it was said to be for; empty where its servers and paths tell. */
  readonly services: readonly string[]
  /** Of a stored one; those of the configuration are told where that is read. */
  readonly problems: readonly SpecProblem[]
  /** Null for one of the configuration. */
  readonly decision: Decision<SpecDecision> | null
}

/** All that are registered, those of the configuration first: of the same document in both the stored one counts for nothing. */
export function registeredSpecs(known: Known, decisions: readonly Decision[]): readonly RegisteredSpec[] {
  const configured = known.registry.specs.map((spec) => ({ spec, services: known.bindings.get(spec.id) ?? [], problems: [], decision: null }))
  const ids = new Set(configured.map(({ spec }) => spec.id))
  const stored = decisionsOf(decisions, 'spec').flatMap((decision) => {
    const { spec, problems } = parsedOnce(decision)
    return spec === null || ids.has(spec.id) ? [] : [{ spec, services: decision.body.services, problems, decision }]
  })
  return [...configured, ...stored]
}

/** What is known with what people decided of it: stored documents, and corrections of templates. The same object where there is nothing. */
export function withDecisions(known: Known, decisions: readonly Decision[]): Known {
  const corrections = correctionsOf(decisions)
  const all = registeredSpecs(known, decisions)
  const corrected = corrections.length === 0 ? known : { ...known, corrections }
  if (all.length === known.registry.specs.length) return corrected
  const bindings = new Map(known.bindings)
  for (const { spec, services } of all) if (services.length > 0) bindings.set(spec.id, services)
  const specs = all.map(({ spec }) => spec)
  return { ...corrected, registry: compileRegistry(specs, { bindings }), bindings }
}

export function correctionsOf(decisions: readonly Decision[]): readonly Correction[] {
  return decisionsOf(decisions, 'correction').map(({ body }) => body.correction)
}

/** Reads a document that stands alone. Never throws, as `parseSpec`. */
function readDocumentText(text: string, name: string): ParsedSpec {
  return parseSpec({ text, origin: name }, () => ({ reason: 'is not followed: a stored document stands alone, put everything into it' }))
}

/**
 * Reads a document that is to be registered. One that was kept or configured is used as far as it can be read; a new one has somebody who can mend it, so that nothing is
 * taken of a broken text, and none that has no operations since something is wrong with it. What hinders stands first.
 */
export function readNewDocument(text: string, name: string): Pick<ParsedSpec, 'spec' | 'problems'> {
  const { spec, broken, problems } = readDocumentText(text, name)
  if (broken !== null) return { spec: null, problems: [broken, ...problems.filter((problem) => !isSamePlace(problem, broken))] }
  return { spec: spec?.operations.length === 0 && problems.length > 0 ? null : spec, problems }
}

function isSamePlace(one: SpecProblem, other: SpecProblem): boolean {
  return one.line === other.line && one.column === other.column && one.message === other.message
}

/** Registers a document, in place of another one where `replaced` is given. */
export function registering(spec: Spec, body: SpecDecision, by: string, replaced: Decision<SpecDecision> | null): DecisionChange {
  const { id, title, version } = spec
  const details = { by, title, version, services: body.services }
  const event =
    replaced === null
      ? ({ kind: 'spec', subject: id, what: 'added', details } as const)
      : ({ kind: 'spec', subject: id, what: 'replaced', details: { ...details, before: replaced.id } } as const)
  return { put: [{ id, by, body }], drop: replaced === null || replaced.id === id ? [] : [replaced.id], events: [event] }
}

export function unregistering(decision: Decision<SpecDecision>, by: string): DecisionChange {
  const { spec } = parsedOnce(decision)
  const details = { by, title: spec?.title ?? '', version: spec?.version ?? '' }
  return { put: [], drop: [decision.id], events: [{ kind: 'spec', subject: decision.id, what: 'removed', details }] }
}

/** A document is parsed once as long as it is held. */
function parsedOnce(decision: Decision<SpecDecision>): ParsedSpec {
  let parsed = documents.get(decision)
  if (parsed === undefined) documents.set(decision, (parsed = readDocumentText(decision.body.text, decision.body.name)))
  return parsed
}

const documents = new WeakMap<Decision, ParsedSpec>()
