import { Type } from 'typebox'

import { controlEvidence } from '../../finding/control_evidence.ts'
import type { InventoryDocument } from '../../inventory/document.ts'
import { oscalAssessment } from '../../output/oscal.ts'
import { ocsfRows, type OcsfRow } from '../../output/ocsf.ts'
import { isUnchanged } from '../etag.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { rowStream } from '../row_stream.ts'
import { closed } from '../schemas.ts'
import { frameworkIn } from './controls.ts'

/** Findings and evidence in the forms of others. */
export function controlExportRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/exports/oscal`,
      operationId: 'exportOscal',
      summary: 'What traffic says of controls, as OSCAL assessment results 1.2.2',
      access: 'read',
      isNarrowed: true,
      isAudited: () => true,
      query: closed({
        framework: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Its id, as `nist-csf-2.0`; all of them if absent.' })),
      }),
      answers: {
        200: {
          description: 'The document',
          content: { 'application/json': Type.Object({ 'assessment-results': Type.Object({}, { examples: [exampleResults] }) }) },
        },
        304: { description: 'Nothing has changed' },
        404: { description: 'There is no such framework' },
      },
      handle: (request, reply, { view }) => {
        const inventory = view.inventory()
        const { framework } = request.query as { readonly framework?: string }
        if (framework !== undefined) frameworkIn(controlEvidence(inventory), framework)
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        reply.type(jsonType).header('content-disposition', 'attachment; filename="assessment-results.json"')
        return reply.send(JSON.stringify(oscalAssessment(inventory, framework)))
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/exports/ocsf`,
      operationId: 'exportOcsf',
      summary: 'Findings, and what they say of controls, as events of OCSF 1.8.0, one a line',
      access: 'read',
      isNarrowed: true,
      isAudited: () => true,
      answers: {
        200: {
          description: 'Detection and compliance findings',
          content: { 'application/x-ndjson': Type.Array(Type.Object({ class_uid: Type.Integer(), finding_info: Type.Object({ uid: Type.String() }) })) },
        },
        304: { description: 'Nothing has changed' },
      },
      handle: (request, reply, { view }) => {
        const inventory = view.inventory()
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        reply.type('application/x-ndjson').header('content-disposition', 'attachment; filename="findings.ocsf.ndjson"')
        if (request.method === 'HEAD') return reply.send('')
        return reply.send(
          rowStream(
            { type: 'application/x-ndjson', head: '', lineOf: (row: OcsfRow) => row.line() },
            { rowsNow: () => rowsOf(view.inventory()), keyOf: ({ key }) => key, isDescending: false },
            { after: null, limit: Infinity, matches: () => true },
          ),
        )
      },
    },
  ]
}

/** The rows of an inventory, made once for each and gone with it. */
function rowsOf(inventory: InventoryDocument): readonly OcsfRow[] {
  let rows = rowsOfOnes.get(inventory)
  if (rows === undefined) rowsOfOnes.set(inventory, (rows = ocsfRows(inventory)))
  return rows
}

const rowsOfOnes = new WeakMap<InventoryDocument, readonly OcsfRow[]>()

const exampleResults = {
  uuid: '8a6f0a4e-3c1b-5d2e-9f70-1b2c3d4e5f60',
  metadata: { 'title': 'What traffic says of controls', 'last-modified': '2026-11-20T09:14:00.000Z', 'version': '1.0.0', 'oscal-version': '1.2.2' },
  results: [{ uuid: '0d9c8b7a-6f5e-5d4c-8b3a-2f1e0d9c8b7a', title: 'Passive observation of traffic', start: '2026-11-01T08:00:00.000Z' }],
}
