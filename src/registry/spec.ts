/** One registered document, normalised: the same form for OpenAPI 2.0, 3.0, 3.1 and 3.2, JSON and YAML, one file or many. Immutable. */
export interface Spec {
  /** `spec_` and 16 hex digits of the SHA-256 of title, version, servers and operations: equal documents have equal ids. */
  readonly id: string
  readonly title: string
  readonly version: string
  /** Where the document came from, as given (a path, usually); only for people. */
  readonly origin: string
  /** The version of the OpenAPI specification as written: `3.1.0`, `2.0`. */
  readonly openapi: string
  /** Never empty: a document without servers has the one relative server `/`. */
  readonly servers: readonly Server[]
  /** In document order; each (method, template) once. */
  readonly operations: readonly Operation[]
  /**
   * The schema behind `$ref`, followed to its end (at most 32 hops); a schema without `$ref` is itself. Siblings of `$ref` (3.1) are kept by
   * `allOf`. `true` (anything) where the target is missing or the chain is a circle: what is not known accepts all.
   */
  resolve(schema: Schema): Schema
}

/** JSON Schema as written (3.0 dialect with `nullable`, or 2020-12), `$ref` unresolved: look at it only through `Spec.resolve`. */
export type Schema = boolean | JsonObject

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** Without prototype or with the plain one; keys of documents are data, so read it with `Object.hasOwn` or `member`. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** One entry of `servers`; variables with an `enum` are already expanded into one entry each. */
export interface Server {
  /** Lower case, '' where relative. */
  readonly scheme: string
  /** Lower-case authority without the scheme's default port; `*` stands for a variable without enum (`*.api.example.com`); null where relative. */
  readonly host: string | null
  /** `''`, or `/` and segments without a trailing `/`; `{name}` for a segment that is a variable without enum. */
  readonly basePath: string
  /** What the document says, variables included. */
  readonly url: string
}

export interface Operation {
  /** Upper case. */
  readonly method: string
  /** The path as written: `/users/{userId}`, without base path. */
  readonly template: string
  readonly operationId: string | null
  readonly deprecated: boolean
  /** Epoch milliseconds of `x-sunset` (RFC 3339 or a date), null where absent or unreadable. */
  readonly sunsetMs: number | null
  /** Of operation and path item; the operation's win. */
  readonly parameters: readonly Parameter[]
  readonly requestBody: RequestBody | null
  /** By status as written: `200`, `2XX` (upper case), `default`. */
  readonly responses: ReadonlyMap<string, Response>
  /** Alternatives, one of which is needed: sorted names of schemes each. Empty: no credentials are needed; an empty alternative: they are optional. */
  readonly security: readonly (readonly SecurityScheme[])[]
  /** Where this operation's paths live; the document's servers unless the path item or the operation has its own. */
  readonly servers: readonly Server[]
  readonly tags: readonly string[]
  /** JSON pointer into the file `file`. */
  readonly pointer: string
  /** The file it is written in: the spec's origin, or a file that a `$ref` of the path item leads to. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  /** As written; header names compare without case. */
  readonly name: string
  readonly required: boolean
  readonly deprecated: boolean
  /** `true` where the document gives none. */
  readonly schema: Schema
  /** `form`, `simple`, `deepObject` ...: the default of its place where not written. */
  readonly style: string
  readonly explode: boolean
}

export interface RequestBody {
  readonly required: boolean
  /** By media type or range as written, lower case, without parameters: `application/json`, `image/*`. */
  readonly content: ReadonlyMap<string, Schema>
}

export interface Response {
  readonly content: ReadonlyMap<string, Schema>
  readonly headers: readonly Parameter[]
}

export interface SecurityScheme {
  readonly name: string
  /** `apiKey`, `http`, `oauth2`, `openIdConnect`, `mutualTLS`; '' where the scheme is not defined. */
  readonly type: string
  /** For `http`: `bearer`, `basic` ...; for `apiKey`: `header`, `query` or `cookie`; else ''. */
  readonly detail: string
  /** For `apiKey`: the header field, query parameter or cookie that carries it; else ''. */
  readonly parameter: string
}

/** What is wrong with a document, and where. The document is still used where it can be: only `fatal` ones are not. */
export interface SpecProblem {
  readonly file: string
  /** Both from 1; 0 where the file could not be read. */
  readonly line: number
  readonly column: number
  /** JSON pointer of the place, '' for the document. */
  readonly pointer: string
  /** A sentence without values of traffic; parts of the document are cut to 80 characters. */
  readonly message: string
  readonly fatal: boolean
}
