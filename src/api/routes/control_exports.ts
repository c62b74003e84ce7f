import { Readable } from 'node:stream'
import { Type } from 'typebox'

import { controlEvidence } from '../../finding/control_evidence.ts'
import { oscalAssessment } from '../../output/oscal.ts'
import { ocsfLines } from '../../output/ocsf.ts'
import { isUnchanged } from '../etag.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
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
        200: { description: 'The document', content: { 'application/json': Type.Object({ 'assessment-results': Type.Object({}) }) } },
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
        // A line is made when the client has taken those before.
        return reply.send(request.method === 'HEAD' ? '' : Readable.from(ocsfLines(inventory)))
      },
    },
  ]
}
