import { Type, type TObject, type TSchema } from 'typebox'

import { findingsMax } from '../finding/control_evidence.ts'

/** What traffic says of a framework, without its controls. */
export function frameworkSchema(): TObject {
  return closed(
    {
      id: Type.String(),
      name: Type.String(),
      edition: Type.String({ description: 'That the mappings are of.' }),
      titlesVerified: Type.Boolean({ description: 'False where titles of controls are in our words: look them up by their ids.' }),
      idsVerified: Type.Boolean({ description: 'Whether ids were compared with a copy of the framework.' }),
      coverage: orNull(Type.Number({ minimum: 0, maximum: 1, description: 'How much of the traffic could be seen; null where there was none.' })),
      window: closed({ from: orNull(Type.String()), to: orNull(Type.String()) }),
      controls: closed(
        { not_satisfied: count, supported: count, no_evidence: count },
        { description: 'How many have which verdict; of those alone that something is looked for of.' },
      ),
    },
    { title: 'A framework, and what traffic says of its controls' },
  )
}

/** The same with a page of its controls. */
export function frameworkEvidenceSchema(): TSchema {
  return closed(
    { ...frameworkSchema().properties, items: Type.Array(controlSchema()), nextCursor: orNull(Type.String()) },
    { title: 'A framework, with the evidence for its controls' },
  )
}

function controlSchema(): TSchema {
  return closed(
    {
      control: Type.String(),
      title: Type.String({ examples: ['Improper Inventory Management'] }),
      verdict: verdict('`supported` as far as was seen: traffic attests nothing.'),
      evidence: Type.Array(
        closed({
          kind: Type.String({ description: 'Of findings, or of what was seen.' }),
          relationship: Type.Enum(['supports', 'contradicts', 'contributes-to'], { description: 'What only contributes decides nothing.' }),
          places: Type.Integer({ minimum: 0, description: 'Endpoints, or services, that show it.' }),
          findings: Type.Array(Type.String(), { maxItems: findingsMax, description: `Ids of findings that are open, the first ${findingsMax}.` }),
          findingCount: count,
          decidedCount: Type.Integer({ minimum: 0, description: 'Findings that are suppressed or resolved: they decide nothing.' }),
        }),
      ),
    },
    { title: 'A control, and what traffic says of it' },
  )
}

export function verdict(description: string): TSchema {
  return Type.Enum(['not_satisfied', 'supported', 'no_evidence'], { description })
}

const count = Type.Integer({ minimum: 0 })

function closed(properties: Record<string, TSchema>, options: Readonly<Record<string, unknown>> = {}): TObject {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}
