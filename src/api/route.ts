import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TObject, TSchema } from 'typebox'

/** One route, as it is registered and as /api/v1/openapi.json describes it. A GET route answers HEAD too. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for what varies, as OpenAPI writes it. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  /** Its answer goes on until the client leaves: these are counted apart. */
  readonly isEndless?: true
  /** What it takes; a query parameter that is not here is refused. */
  readonly query?: TObject
  readonly params?: TObject
  readonly headers?: TObject
  /** Media types of the body it takes. */
  readonly takes?: readonly string[]
  /** The schema of a body of JSON. */
  readonly body?: TSchema
  /** What it answers by status; refusals are problems and need no mention, but for those whose status says something of this route. */
  readonly answers: Readonly<Record<number, RouteAnswer>>
  /** Returns or sends the answer; throws `ProblemError`. */
  handle(request: FastifyRequest, reply: FastifyReply): unknown
}

export interface RouteAnswer {
  readonly description: string
  /** Schemas by media type; none for an answer without a body. */
  readonly content?: Readonly<Record<string, TSchema>>
}

export const apiPath = '/api/v1'

export const jsonType = 'application/json; charset=utf-8'
