import type { ControlDocument } from '../inventory/document.ts'
import { mappings } from './control_table.ts'

/**
 * The controls that a finding of a kind speaks against, by framework, in the order of the table. A finding falsifies a control at that place;
 * its absence attests nothing, so the only verdict here is `not_satisfied`.
 */
export function controlsOf(kind: string): readonly ControlDocument[] {
  return contradicted.get(kind) ?? []
}

const contradicted: ReadonlyMap<string, readonly ControlDocument[]> = new Map(
  [...Map.groupBy(mappings(), ({ kind }) => kind)].map(([kind, own]) => [
    kind,
    own.flatMap(({ framework, control, relationship }) => (relationship === 'contradicts' ? [{ framework, control, verdict: 'not_satisfied' as const }] : [])),
  ]),
)
