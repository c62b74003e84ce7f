import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TObject, TSchema } from 'typebox'

import type { Principal } from '../access/principal.ts'
import type { Scope } from '../access/scope.ts'
import type { InventoryView } from './view.ts'

/** One route, as it is registered and as /api/v1/openapi.json describes it. A GET route answers HEAD too. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for what varies, as OpenAPI writes it. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  /** The scope that is needed; none for `somebody` who is known, and for `anybody`. */
  readonly access: Scope | 'somebody' | 'anybody'
  /** Whether it shows no more than `view` does, so that whoever is limited to services may ask: others refuse them. */
  readonly isNarrowed: boolean
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
  /** Of bodies by media type, where the schema tells too little. */
  readonly examples?: Readonly<Record<string, unknown>>
  /** What it answers by status; refusals are problems and need no mention, but for those whose status says something of this route. */
  readonly answers: Readonly<Record<number, RouteAnswer>>
  /** Whether a GET is audited as a change is: it takes out what can be kept elsewhere, or lets somebody in. */
  readonly isAudited?: (request: FastifyRequest) => boolean
  /** Returns or sends the answer; throws `ProblemError`. */
  handle(request: FastifyRequest, reply: FastifyReply, asked: Asked): unknown
}

/** Who asks, and what they may see. */
export interface Asked {
  readonly principal: Principal | null
  /** Says who it has turned out to be. */
  identify(principal: Principal): void
  /** Rejects with `ProblemError` where who asks may no longer do so: for answers that go on for long. */
  stays(): Promise<void>
  readonly view: InventoryView
}

export interface RouteAnswer {
  readonly description: string
  /** Schemas by media type; none for an answer without a body. */
  readonly content?: Readonly<Record<string, TSchema>>
}

export const apiPath = '/api/v1'

export const jsonType = 'application/json; charset=utf-8'
