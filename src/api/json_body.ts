import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'

import { ProblemError } from './problem.ts'
import { wrongParameters } from './refusals.ts'
import { mediaTypeOf, textBody } from './take_body.ts'

/** Reads the body of a request as JSON of this schema. The reader throws `ProblemError` that points to what is wrong: `/body/state`. */
export function jsonBody<T>(schema: TSchema, types: readonly string[] = jsonTypes): (request: FastifyRequest, reply: FastifyReply) => Promise<T> {
  const validate = new Ajv2020({ allErrors: true, strict: false, verbose: true }).compile<T>(schema)
  return async (request, reply) => {
    if (!types.includes(mediaTypeOf(request.headers))) {
      throw new ProblemError({ status: 415, detail: `the Content-Type is ${types.join(' or ')}`, headers: { accept: types.join(', ') } })
    }
    const value = parsed(await textBody(request, reply, bodyBytesMax))
    if (validate(value)) return value
    throw new ProblemError(wrongParameters(validate.errors ?? [], 'body'))
  }
}

export const jsonTypes: readonly string[] = ['application/json']
/** Of what changes what is named and takes back what is null (RFC 7396). */
export const patchTypes: readonly string[] = [...jsonTypes, 'application/merge-patch+json']

const bodyBytesMax = 64 * 1024

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProblemError({ status: 400, detail: 'body: is no JSON', errors: [{ pointer: '/body', detail: 'is no JSON' }] })
  }
}
