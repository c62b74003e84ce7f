import { Type } from 'typebox'

import { controlEvidence, type ControlEvidence, type FrameworkEvidence } from '../../finding/control_evidence.ts'
import { asOfSchema, pastInventory } from '../as_of.ts'
import { verdict } from '../control_schema.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { isUnchanged } from '../etag.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, named, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** What traffic says of controls: evidence, and never more than that. */
export function controlRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/controls`,
      operationId: 'listFrameworks',
      summary: 'Frameworks of controls, with how many of these are not satisfied, supported as far as was seen, or without evidence',
      access: 'read',
      isNarrowed: true,
      query: closed({ asOf: asOfSchema, ...pageQuerySchema }),
      answers: {
        200: { description: 'A page of them', content: { 'application/json': listOf('Framework') } },
        304: { description: 'Nothing has changed' },
        404: { description: 'Nothing is kept of such a day' },
      },
      handle: (request, reply, { view }) => {
        const { asOf, limit = limitDefault, cursor } = request.query as ControlQuery
        const inventory = pastInventory(view, asOf, 'asOf') ?? view.inventory()
        const after = cursor === undefined ? null : keyIn(cursor, 'frameworks', ['string'])
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        const { texts, next } = pageOf(
          { rows: byId(controlEvidence(inventory)), keyOf: ({ id }) => [id], isDescending: false },
          { after, limit, matches: () => true, textOf: (framework) => JSON.stringify(summaryOf(framework)) },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('frameworks', next), request, reply))
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/controls/{framework}`,
      operationId: 'getFramework',
      summary: 'One framework, with the evidence for each control that something is looked for of; the counts are of all of them',
      access: 'read',
      isNarrowed: true,
      params: closed({ framework: Type.String({ description: 'Its id, as `nist-csf-2.0`.' }) }),
      query: closed({ verdict: Type.Optional(verdict('Controls with this verdict.')), asOf: asOfSchema, ...pageQuerySchema }),
      answers: {
        200: { description: 'A page of controls', content: { 'application/json': named('FrameworkEvidence') } },
        304: { description: 'Nothing has changed' },
        404: { description: 'There is no such framework, or nothing is kept of such a day' },
      },
      handle: (request, reply, { view }) => {
        const { asOf, verdict: wanted, limit = limitDefault, cursor } = request.query as ControlQuery
        const inventory = pastInventory(view, asOf, 'asOf') ?? view.inventory()
        const framework = frameworkIn(controlEvidence(inventory), (request.params as { readonly framework: string }).framework)
        const after = cursor === undefined ? null : keyIn(cursor, 'controls', ['string'])
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        const { texts, next } = pageOf(
          { rows: inOrder(framework.controls), keyOf: ({ control }) => [control], isDescending: false },
          { after, limit, matches: (control) => wanted === undefined || control.verdict === wanted, textOf: (control) => JSON.stringify(control) },
        )
        const head = JSON.stringify(summaryOf(framework))
        return reply.type(jsonType).send(`${head.slice(0, -1)},${listText(texts, next && cursorOf('controls', next), request, reply).slice(1)}`)
      },
    },
  ]
}

interface ControlQuery extends PageQuery {
  readonly asOf?: string
  readonly verdict?: ControlEvidence['verdict']
}

/** The framework with this id. Throws `ProblemError` (404). */
export function frameworkIn(all: readonly FrameworkEvidence[], id: string): FrameworkEvidence {
  const found = all.find((framework) => framework.id === id)
  if (found === undefined) throw new ProblemError({ status: 404, detail: `no framework has this id: ${apiPath}/controls lists them` })
  return found
}

function summaryOf({ controls, ...framework }: FrameworkEvidence): object {
  const counts = { not_satisfied: 0, supported: 0, no_evidence: 0 }
  for (const control of controls) counts[control.verdict] += 1
  return { ...framework, controls: counts }
}

function byId(frameworks: readonly FrameworkEvidence[]): readonly FrameworkEvidence[] {
  return frameworks.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

function inOrder(controls: readonly ControlEvidence[]): readonly ControlEvidence[] {
  return controls.toSorted((one, other) => (one.control < other.control ? -1 : 1))
}
