import type { Actor } from './audit.ts'
import type { Scope } from './scope.ts'

/** Who asks, and what they may. */
export interface Principal extends Actor {
  readonly scopes: readonly Scope[]
  /** Names or ids of the services it is limited to, in lower case; null for no limit. */
  readonly services: readonly string[] | null
}

/** What came of looking at credentials: who shows them, or why nobody does, in a sentence without them. */
export type Verdict = { readonly principal: Principal } | { readonly refusal: string }

/** Whoever asks over a loopback address that is open: the same as who runs on this machine. */
export const local: Principal = { kind: 'local', id: 'loopback', name: 'loopback', scopes: ['admin'], services: null }
