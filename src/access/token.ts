import type { Scope } from './scope.ts'

/** An API token as it is kept: whoever has its text may do what it says. */
export interface Token {
  /** Of its hash; may be shown. */
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Names or ids of the services it is limited to, in lower case; null for no limit. */
  readonly services: readonly string[] | null
  readonly createdMs: number
  readonly expiresMs: number | null
  /** Within a minute; null before the first time. */
  readonly lastUsedMs: number | null
  readonly revokedMs: number | null
}

/** What a token is at a moment. */
export function tokenState({ revokedMs, expiresMs }: Token, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (revokedMs !== null) return 'revoked'
  return expiresMs !== null && expiresMs <= nowMs ? 'expired' : 'active'
}

/** Where tokens are kept. */
export interface TokenRecords {
  /** Throws `TapistryError` (USAGE) where an unrevoked one has the name. */
  addToken(token: Token, sha256: Buffer): void
  /** By name, then time. */
  tokens(): readonly Token[]
  token(id: string): KeptToken | null
  /** Whether there is any, be it expired or revoked. */
  hasTokens(): boolean
  revokeToken(id: string, atMs: number): void
  /** Remembers when tokens were used last, by id. */
  noteUses(uses: ReadonlyMap<string, number>): void
}

interface KeptToken {
  readonly token: Token
  readonly sha256: Buffer
}
