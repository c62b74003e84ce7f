import type { EndpointDocument } from '../inventory/document.ts'
import type { OpenApiObject } from './openapi_object.ts'

/** Security schemes by name, filled while operations are written. */
export type SecuritySchemes = Map<string, OpenApiObject>

/**
 * The security requirement of an operation from the credentials that its requests carried: each kind is an alternative, and an empty
 * alternative says that it was answered without any.
 */
export function securityOf(endpoint: EndpointDocument, schemes: SecuritySchemes): OpenApiObject[] {
  const kinds = endpoint.auth.filter(({ kind, seen }) => kind !== 'none' && seen > 0)
  const alternatives: OpenApiObject[] = []
  for (const { kind } of kinds) {
    schemes.set(kind, schemeOf(kind))
    alternatives.push({ [kind]: [] })
  }
  const carried = kinds.reduce((most, { seen }) => Math.max(most, seen), 0)
  const of = endpoint.auth[0]?.of ?? 0
  return carried < of && alternatives.length > 0 ? [...alternatives, {}] : alternatives
}

/** The scheme for a kind of credential. Names of fields are not part of what crosses, so the usual ones stand for them. */
function schemeOf(kind: string): OpenApiObject {
  if (kind === 'bearer-jwt') return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }
  if (kind === 'mtls') return { type: 'mutualTLS' }
  if (kind.startsWith('cookie')) return { type: 'apiKey', in: 'cookie', name: 'session' }
  if (kind === 'api-key-query' || kind === 'query') return { type: 'apiKey', in: 'query', name: 'api_key' }
  if (kind.startsWith('api-key')) return { type: 'apiKey', in: 'header', name: 'x-api-key' }
  return { type: 'http', scheme: kind }
}
