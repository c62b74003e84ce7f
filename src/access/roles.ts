import type { Principal } from './principal.ts'
import { scopes, type Scope } from './scope.ts'

/** Which values of a claim give which scopes, and which claim names the services that somebody is limited to. */
export type Roles = { readonly claim: string; readonly servicesClaim?: string } & { readonly [S in Scope]: readonly string[] }

/** Who a set of verified claims is about; without a role that is known, somebody who may do nothing. */
export function principalOf(claims: Readonly<Record<string, unknown>>, roles: Roles): Principal {
  const text = (...names: readonly string[]): string | undefined =>
    names.map((name) => claims[name]).find((value) => typeof value === 'string' && value !== '') as string | undefined
  const id = text('sub') ?? ''
  const held = claimValues(claims, roles.claim)
  return {
    kind: 'login',
    id: id.slice(0, charactersMax),
    name: (text('preferred_username', 'name', 'client_id', 'azp') ?? id).slice(0, charactersMax),
    scopes: scopes.filter((scope) => roles[scope].some((role) => held.includes(role))),
    services: roles.servicesClaim === undefined ? null : limitIn(claimValues(claims, roles.servicesClaim)),
  }
}

/** Who is not named any service sees none, so that a claim that the issuer forgot opens nothing; `*` is no limit. */
function limitIn(values: readonly string[]): readonly string[] | null {
  const named = values.filter((value) => value !== '').slice(0, servicesMax)
  return named.includes('*') ? null : named.map((value) => value.toLowerCase())
}

const servicesMax = 1000

/** OpenID Connect has ids of 255 at most. */
const charactersMax = 255

/** The values of a claim: a list, or words of a text. Its name may be the way to it, as in `realm_access.roles`. */
export function claimValues(claims: Readonly<Record<string, unknown>>, claim: string): readonly string[] {
  const found = claims[claim] ?? claim.split('.').reduce<unknown>((value, part) => (isMap(value) ? value[part] : undefined), claims)
  if (typeof found === 'string') return found.split(/\s+/)
  return Array.isArray(found) ? found.filter((value) => typeof value === 'string') : []
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
