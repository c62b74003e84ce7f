import { Type, type TSchema } from 'typebox'

import { endpointsMax, type Answer, type ExecutiveReport } from '../finding/executive/report.ts'
import { percent } from './text.ts'

/** The report as a page of text: each question with its figure, or why there is none. */
export function executivePage({ asOf, coverage, confidence, questions }: ExecutiveReport): string {
  const head = `What is known of the APIs ${asOf === null ? 'now' : `at the end of ${asOf}`}; coverage ${coverage === null ? 'unknown: nothing was seen' : percent(coverage)}, confidence ${confidence}`
  return `${[head, ...questions.map(questionText)].join('\n\n')}\n`
}

/** What `report --format json` and REST write. */
export function executiveReportSchema(): TSchema {
  const count = Type.Integer({ minimum: 0 })
  const figure = closed({
    value: Type.Number(),
    unit: Type.Enum(['count', 'share', 'points'], { description: 'A share is from 0 to 1.' }),
    numerator: Type.Number({ minimum: 0 }),
    denominator: Type.Number({ minimum: 0 }),
    parts: Type.Record(Type.String(), Type.Number(), { description: 'What it is made of, by name.' }),
    endpoints: Type.Array(Type.String(), { maxItems: endpointsMax, description: `Ids of endpoints behind it, the first ${endpointsMax}.` }),
    endpointCount: count,
  })
  const answer = closed({
    id: Type.String(),
    question: Type.String(),
    method: Type.String({ description: 'What the figure is; for one that is not measured, why.' }),
    state: Type.Enum(['measured', 'no_evidence', 'not_measured'], { description: '`no_evidence`: it is measured, and there was nothing to measure.' }),
    figure: orNull(figure),
    trend: orNull(closed({ since: Type.String(), value: Type.Number(), change: Type.Number() })),
  })
  return Type.Object(
    {
      asOf: orNull(Type.String({ description: 'The day that it is of, in UTC; null for now.' })),
      window: closed({ from: orNull(Type.String()), to: orNull(Type.String()) }),
      coverage: orNull(Type.Number({ minimum: 0, maximum: 1, description: 'How much of the traffic could be seen, by exchanges; null where there was none.' })),
      confidence: Type.Enum(['none', 'low', 'medium', 'high'], { description: 'By coverage: low below half, high from nine tenths on.' }),
      questions: Type.Array(answer),
    },
    { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Questions of those who carry the risk', additionalProperties: false },
  )
}

function closed(properties: Record<string, TSchema>): TSchema {
  return Type.Object(properties, { additionalProperties: false })
}

function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}

function questionText({ id, question, method, state, figure, trend }: Answer): string {
  const lines = [`${id}  ${question}`]
  if (figure === null) return [...lines, `  ${state === 'no_evidence' ? 'no evidence' : 'not measured'}: ${method}`].join('\n')
  const { value, unit, numerator, denominator, parts, endpointCount } = figure
  const text = (number: number): string => (unit === 'share' ? percent(number) : String(number))
  const of = unit === 'share' ? ` (${numerator} of ${denominator})` : ''
  const since = trend === null ? '' : `; ${text(trend.value)} at the end of ${trend.since}`
  return [
    ...lines,
    `  ${text(value)}${of}${since}. ${method}`,
    ...(Object.keys(parts).length === 0
      ? []
      : [
          `  ${Object.entries(parts)
            .map(([name, number]) => `${name} ${number}`)
            .join(', ')}`,
        ]),
    ...(endpointCount === 0 ? [] : [`  ${endpointCount} ${endpointCount === 1 ? 'endpoint' : 'endpoints'} behind it; --format json names them`]),
  ].join('\n')
}
