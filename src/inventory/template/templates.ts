import type { Decision, DecisionRule } from '../inventory.ts'
import { placeOf, type Corrections, type PlaceCorrections } from './corrections.ts'
import { commonKeys } from './evidence.ts'
import type { PathEvidence } from './evidence.ts'
import { judge } from './judge.ts'
import { parameterName } from './names.ts'
import { registeredTree } from './registered.ts'
import type { RegisteredNode } from './registered.ts'
import { isHardClass, segmentOf } from './segment.ts'
import type { Segment } from './segment.ts'
import { mergeNodes, trieOf } from './trie.ts'
import type { TrieNode } from './trie.ts'
import { isReserved } from './words.ts'

/** The template of a path shape and how it came about. */
export interface Template {
  /** `/users/{userId}/cards`. */
  readonly text: string
  readonly decisions: readonly Decision[]
  /** Literals that are there because a person said so; as decisions, to be shown beside them. */
  readonly settled: readonly Decision[]
  /** Templates that it would have without what a person merged, sorted. */
  readonly aliases: readonly string[]
}

/** What specs say of a path shape: the template with base path, and its parameters. Null where none matches cleanly. */
export type RegisteredPath = (path: string) => RegisteredTemplatePath | null

interface RegisteredTemplatePath {
  readonly template: string
  readonly bindings: readonly { readonly segment: number; readonly name: string }[]
}

/**
 * The template of each path shape of one service: a pure function of the evidence and of the registered templates, whatever the order.
 * First what a person said, then what specs say, then what lexical classes say, then what continuations and answers say (`judge`).
 */
export function templatesOf(
  paths: readonly PathEvidence[],
  registeredTemplates: readonly string[],
  registeredPath: RegisteredPath,
  corrections: Corrections | null = null,
): ReadonlyMap<string, Template> {
  const templates = new Map<string, Template>()
  const sorted = paths.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const top: Prefix = {
    literals: [],
    segments: [],
    decisions: [],
    settled: [],
    merged: new Map(),
    registered: [registeredTree(registeredTemplates)],
    corrections,
  }
  descend(trieOf(sorted), top, templates)
  for (const evidence of sorted) {
    const known = registeredPath(evidence.path)
    const own = templates.get(evidence.path)
    const isSettled = own !== undefined && own.settled.length + own.aliases.length > 0
    if (known && !isSettled) templates.set(evidence.path, { text: known.template, decisions: specDecisions(known, evidence), settled: [], aliases: [] })
  }
  return templates
}

/** The decided prefix above a place. */
interface Prefix {
  /** Segments as they are seen, parameters as '{}': what names are made of. */
  readonly literals: readonly string[]
  readonly segments: readonly string[]
  readonly decisions: readonly Decision[]
  readonly settled: readonly Decision[]
  /** Words that a person merged, by segment. */
  readonly merged: ReadonlyMap<number, readonly string[]>
  readonly corrections: Corrections | null
  /** Places in the tree of registered templates that the prefix leads to. */
  readonly registered: readonly RegisteredNode[]
}

function descend(node: TrieNode, prefix: Prefix, templates: Map<string, Template>): void {
  const text = `/${prefix.segments.join('/')}`
  const { decisions, settled } = prefix
  const aliases = node.paths.length === 0 || prefix.merged.size === 0 ? [] : aliasesOf(prefix)
  for (const path of node.paths) templates.set(path, { text, decisions, settled, aliases })
  for (const group of groupsOf(node, prefix)) {
    for (const [segment, child] of group.literals) descend(child, literalPrefix(prefix, segment), templates)
    if (group.parameter) descend(mergeNodes(group.parameter.nodes), parameterPrefix(prefix, group.parameter), templates)
  }
}

/** Children with the same suffix: some stay literal, the others are one parameter. */
interface Group {
  readonly literals: readonly (readonly [string, TrieNode])[]
  readonly parameter: ParameterGroup | null
}

interface ParameterGroup {
  readonly before: string
  readonly after: string
  readonly nodes: readonly TrieNode[]
  readonly classes: ReadonlySet<string>
  readonly words: readonly string[]
  /** Those that a person merged. */
  readonly byPerson: readonly string[]
  readonly rule: DecisionRule
  readonly confidence: number
}

function groupsOf(node: TrieNode, prefix: Prefix): readonly Group[] {
  const bySuffix = new Map<string, [string, Segment, TrieNode][]>()
  for (const [text, child] of [...node.children].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const segment = segmentOf(text)
    const form = `${segment.prefix}{}${segment.suffix}`
    const same = bySuffix.get(form)
    if (same) same.push([text, segment, child])
    else bySuffix.set(form, [[text, segment, child]])
  }
  const said = prefix.corrections?.below(placeOf(prefix.segments)) ?? null
  return [...bySuffix].map(([form, children]) => groupOf(children, prefix, said, form))
}

function groupOf(children: readonly [string, Segment, TrieNode][], prefix: Prefix, said: PlaceCorrections | null, form: string): Group {
  const literals: [string, TrieNode][] = []
  const words = new Map<string, TrieNode>()
  const values: TrieNode[] = []
  const sure: TrieNode[] = []
  const classes = new Set<string>()
  const isPinned = said?.parameters.has(form) ?? false
  const hasParameter = isPinned || prefix.registered.some((place) => place.parameter !== null)
  const byPerson: string[] = []
  const merged: [string, TrieNode][] = []
  for (const [text, segment, child] of children) {
    if (segment.classes.length === 0) {
      const own = said?.words.get(text)
      if (own === 'value') {
        byPerson.push(text)
        merged.push([text, child])
      } else if (own === 'literal' || prefix.registered.some((place) => place.literals.has(text))) literals.push([text, child])
      else words.set(text, child)
      continue
    }
    const number = isPinned ? null : constantNumber(segment, child, prefix)
    if (number !== null) {
      literals.push([number, child])
      continue
    }
    values.push(child)
    if (segment.classes.every(isHardClass)) sure.push(child)
    for (const name of segment.classes) classes.add(name)
  }
  const verdicts = judge({ words, values: sure, before: prefix.literals })
  let weakest = 1
  let grown = false
  for (const [word, child] of words) {
    const verdict = verdicts.get(word)
    if (verdict || (hasParameter && !isReserved(word) && !answersApart(word, words, values))) {
      merged.push([word, child])
      weakest = Math.min(weakest, verdict?.confidence ?? 0.8)
      grown ||= verdict?.rule === 'growth'
    } else literals.push([word, child])
  }
  const [first] = children
  if (!first || (values.length === 0 && merged.length === 0)) return { literals, parameter: null }
  const isSaid = isPinned || byPerson.length > 0
  const rule: DecisionRule = isSaid
    ? 'person'
    : hasParameter
      ? 'spec'
      : merged.length > 0
        ? grown && values.length === 0
          ? 'growth'
          : 'siblings'
        : ruleOf(classes)
  if (merged.length > 0) classes.add('')
  const confidence = hasParameter ? 1 : merged.length > 0 ? weakest : confidenceOf(classes, values)
  const nodes = [...values, ...merged.map(([, child]) => child)]
  const stems = merged.map(([word]) => segmentOf(word).stem)
  return { literals, parameter: { before: first[1].prefix, after: first[1].suffix, nodes, classes, words: stems, byPerson, rule, confidence } }
}

/** Below a registered parameter a word is one of its values unless it answers in another way than the values beside it. */
function answersApart(word: string, words: ReadonlyMap<string, TrieNode>, values: readonly TrieNode[]): boolean {
  const child = words.get(word)
  if (!child || values.length === 0) return false
  const theirs = mergeNodes(values)
  for (const [method, leaf] of child.leaves) {
    const other = theirs.leaves.get(method)
    if (!other || leaf.keys.size === 0 || other.keys.size === 0) continue
    const both = commonKeys(leaf.keys, other.keys)
    if (both / (leaf.keys.size + other.keys.size - both) < apartMax) return true
  }
  return false
}

/** `/1/boards`, `/search/2/nearby`: one small number in front of different literals, first of all or after a word in the singular, is a version, not an id. */
function constantNumber(segment: Segment, child: TrieNode, prefix: Prefix): string | null {
  const range = child.hidden?.range
  if (segment.stem !== '{int}' || segment.prefix !== '' || segment.suffix !== '' || !range || range.min !== range.max) return null
  if (range.min < 0 || range.min > constantMax || child.leaves.size > 0) return null
  const below = [...child.children.keys()].filter((text) => !text.includes('{')).length
  return below >= literalsBelowMin(prefix) ? String(range.min) : null
}

/** After a collection (`/users/1`) a number is an id whatever follows. */
function literalsBelowMin({ literals: [first, ...more] }: Prefix): number {
  if (first === undefined) return 2
  return more.length === 0 && first !== '{}' && !first.endsWith('s') ? 3 : Number.POSITIVE_INFINITY
}

function literalPrefix(prefix: Prefix, segment: string): Prefix {
  const registered = prefix.registered.flatMap((place) => place.literals.get(segment) ?? [])
  const isSaid = prefix.corrections?.below(placeOf(prefix.segments))?.words.get(segment) === 'literal'
  const settled = isSaid ? [...prefix.settled, settledLiteral(prefix.segments.length, segment)] : prefix.settled
  return { ...prefix, literals: [...prefix.literals, segment], segments: [...prefix.segments, segment], settled, registered }
}

function parameterPrefix(prefix: Prefix, group: ParameterGroup): Prefix {
  const parameters = prefix.registered.flatMap((place) => place.parameter ?? [])
  const taken = new Set(prefix.decisions.map(({ name }) => name))
  const fromPerson = prefix.corrections?.nameOf(placeOf([...prefix.segments, `${group.before}{}${group.after}`])) ?? undefined
  const isSaid = fromPerson !== undefined && !taken.has(fromPerson)
  const fromSpec = isSaid ? fromPerson : parameters[0]?.name
  // What stands before a key of OData in the same segment is what has the key.
  const literals = group.before === '' ? prefix.literals : [...prefix.literals, group.before.replace(/\(.*/s, '')]
  const name = fromSpec !== undefined && !taken.has(fromSpec) ? fromSpec : parameterName(literals, { classes: group.classes, words: group.words }, taken)
  const hidden = group.nodes.reduce((total, node) => total + (node.hidden?.distinct ?? 0), 0)
  const decision: Decision = {
    segment: prefix.segments.length,
    name,
    rule: isSaid ? 'person' : group.rule,
    distinct: hidden + group.words.length,
    confidence: Math.round(group.confidence * 100) / 100,
  }
  const index = prefix.segments.length
  return {
    ...prefix,
    literals: [...prefix.literals, '{}'],
    segments: [...prefix.segments, `${group.before}{${name}}${group.after}`],
    decisions: [...prefix.decisions, decision],
    merged: group.byPerson.length === 0 ? prefix.merged : new Map(prefix.merged).set(index, group.byPerson),
    registered: parameters.map(({ next }) => next),
  }
}

function settledLiteral(segment: number, name: string): Decision {
  return { segment, name, rule: 'person', distinct: 1, confidence: 1 }
}

/** The templates that a person's merging took the place of: each of the words in place of the parameter, at most `aliasesMax`. */
function aliasesOf({ segments, merged }: Prefix): readonly string[] {
  let all: readonly (readonly string[])[] = [segments]
  for (const [index, words] of merged) all = all.flatMap((one) => [one, ...words.map((word) => one.with(index, word))]).slice(0, aliasesMax + 1)
  return all
    .slice(1)
    .map((one) => `/${one.join('/')}`)
    .toSorted()
}

function specDecisions({ bindings }: RegisteredTemplatePath, evidence: PathEvidence): readonly Decision[] {
  return bindings.map(({ segment, name }) => ({
    segment,
    name,
    rule: 'spec' as const,
    distinct: evidence.hidden.get(segment)?.distinct ?? 1,
    confidence: 1,
  }))
}

function ruleOf(classes: ReadonlySet<string>): DecisionRule {
  return [...classes].every(isHardClass) ? 'class' : 'hidden'
}

function confidenceOf(classes: ReadonlySet<string>, values: readonly TrieNode[]): number {
  const distinct = values.reduce((total, node) => total + (node.hidden?.distinct ?? 1), 0)
  if (![...classes].every(isHardClass)) return distinct > 1 ? 0.8 : 0.6
  return distinct > 1 ? 0.97 : 0.85
}

const aliasesMax = 100
/** Response keys in common below which a word is no value of a registered parameter. */
const apartMax = 0.3
const constantMax = 99
