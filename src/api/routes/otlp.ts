import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TObject } from 'typebox'

import { exportAnswer, otlpTypes, statusAnswer, type OtlpForm } from '../otlp_answer.ts'
import { exampleExports } from '../example_bodies.ts'
import { ProblemError, problemType } from '../problem.ts'
import { problemFor } from '../refusals.ts'
import type { Asked, Route } from '../route.ts'
import { closed, named } from '../schemas.ts'
import { encodingOf, mediaTypeOf, takeBody, taker } from '../take_body.ts'
import type { IngestAnswer } from '../view.ts'

/** Where exporters of OpenTelemetry send to, under the paths that they know (OTLP 1.x, "OTLP/HTTP Request"). The body goes to the engine as bytes. */
export function otlpRoutes(ingestBytesMax: number): readonly Route[] {
  const bytesMax = Math.min(ingestBytesMax, otlpBytesMax)
  return (['traces', 'logs'] as const).map((signal) => ({
    method: 'POST',
    path: `/v1/${signal}`,
    operationId: `export${signal === 'traces' ? 'Traces' : 'Logs'}`,
    summary: `Takes ${signal} of OTLP; answers when the exchanges in them are kept`,
    access: 'ingest',
    isNarrowed: false,
    headers: closed({ 'content-encoding': Type.Optional(Type.Enum(['identity', 'gzip'])) }),
    takes: Object.values(otlpTypes),
    examples: exampleExports(signal),
    answers: {
      200: {
        description: 'They are kept; `partialSuccess` counts those of HTTP that make no exchange',
        content: { 'application/x-protobuf': Type.String(), 'application/json': answerSchema(signal) },
      },
      400: { description: 'The body is no export request, or ends before its end', content: refusals },
      404: { description: 'No source of type http is configured', content: refusals },
      413: { description: `The body has more than ${bytesMax} bytes`, content: refusals },
      415: { description: 'The body is of another type, or coded otherwise', content: { ...refusals, [problemType]: named('Problem') } },
      429: { description: 'There is no room now: come again after Retry-After', content: refusals },
      503: { description: 'They could not be kept: come again after Retry-After', content: refusals },
    },
    async handle(request: FastifyRequest, reply: FastifyReply, { view }: Asked) {
      const form = formOf(request)
      try {
        const otlp = taker(view.otlp)
        const encoding = encodingOf(request.headers, ['gzip'])
        const { rejectedBy } = await takeBody(request, reply, bytesMax, (chunks) => otlp.takeOtlp(chunks, { signal, form, encoding }))
        const { rejected, message } = partial(rejectedBy)
        return reply.type(otlpTypes[form]).send(exportAnswer(signal, rejected, message, form))
      } catch (thrown) {
        const problem = problemFor(thrown)
        if (problem === null) throw thrown
        return reply
          .code(problem.status)
          .headers({ ...problem.headers })
          .type(otlpTypes[form])
          .send(statusAnswer(problem.detail, form))
      }
    },
  }))
}

/** What the engine holds of a request at most, decoded: more need not be sent. */
const otlpBytesMax = 16 * 2 ** 20

/** What is no exchange by its nature: an exporter that heard of it would warn of every request. */
const passedOver: ReadonlySet<string> = new Set(['client_span', 'other_event'])

const refusals = { 'application/x-protobuf': Type.String(), 'application/json': closed({ message: Type.String() }) }

function partial(rejectedBy: IngestAnswer['rejectedBy']): { readonly rejected: number; readonly message: string } {
  const reasons = Object.entries(rejectedBy).filter(([reason]) => !passedOver.has(reason))
  const rejected = reasons.reduce((sum, [, { count }]) => sum + count, 0)
  return { rejected, message: reasons.map(([reason, { count }]) => `${count} ${reason}`).join(', ') }
}

/** Throws where the body is of a type that OTLP does not have: there is no form to answer in either. */
function formOf({ headers }: FastifyRequest): OtlpForm {
  const type = mediaTypeOf(headers)
  if (type === otlpTypes.protobuf) return 'protobuf'
  if (type === otlpTypes.json) return 'json'
  const accepted = Object.values(otlpTypes).join(', ')
  throw new ProblemError({ status: 415, detail: `the Content-Type is one of ${accepted}`, headers: { 'accept-post': accepted } })
}

function answerSchema(signal: 'traces' | 'logs'): TObject {
  const name = signal === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords'
  return closed({ partialSuccess: Type.Optional(closed({ [name]: Type.String({ pattern: String.raw`^\d+$` }), errorMessage: Type.String() })) })
}
