import type { FastifyReply, FastifyRequest } from 'fastify'

import { readNewDocument } from '../finding/documents.ts'
import type { Spec, SpecProblem } from '../registry/spec.ts'
import { ProblemError } from './problem.ts'
import { mediaTypeOf, textBody } from './take_body.ts'

/** What a document may be sent as; JSON or YAML is told by its text. */
export const specTypes: readonly string[] = [
  'application/json',
  'application/yaml',
  'application/openapi+json',
  'application/openapi+yaml',
  'application/vnd.oai.openapi',
  'application/vnd.oai.openapi+json',
  'application/x-yaml',
  'text/yaml',
  'text/plain',
]

/** Characters are parsed at once, and nothing else moves meanwhile. */
export const specBytesMax: number = 8 * 2 ** 20

/** Reads the body of a request as an API document. Throws `ProblemError`: 422 where nothing can be used of it, with the place of each problem. */
export async function specBody(request: FastifyRequest, reply: FastifyReply, name: string): Promise<{ readonly text: string; readonly spec: Spec }> {
  if (!specTypes.includes(mediaTypeOf(request.headers))) {
    throw new ProblemError({ status: 415, detail: `the Content-Type is one of ${specTypes.join(', ')}`, headers: { accept: specTypes.join(', ') } })
  }
  const text = await textBody(request, reply, specBytesMax)
  const { spec, problems } = readNewDocument(text, name)
  if (spec !== null) return { text, spec }
  const [first] = problems
  throw new ProblemError({
    status: 422,
    detail: `the body is no API document that can be used: ${first === undefined ? 'it cannot be read' : `line ${first.line}: ${first.message}`}`,
    errors: problems.slice(0, problemsMax).map(bodyProblem),
  })
}

function bodyProblem({ line, column, pointer, message }: SpecProblem): { pointer: string; detail: string; line: number; column: number } {
  return { pointer: `/body${pointer}`, detail: message, line, column }
}

const problemsMax = 50
