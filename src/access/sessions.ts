import { createHash, randomBytes } from 'node:crypto'

import type { Principal } from './principal.ts'

/** Who is logged in, by the secret that their browser holds. In memory: a restart ends all logins. */
export interface Sessions {
  /** Begins one, and returns its secret. */
  begin(principal: Principal): string
  /** Who holds the secret; null where nobody does any longer. */
  principal(secret: string): Principal | null
  end(secret: string): void
}

/** At most `sessionsMax` at once: the one that began first ends for a new one. */
export function newSessions(lifetimeMs: number, now: () => number, sessionsMax: number = sessionsMaxDefault): Sessions {
  // By hash, in the order of their end.
  const held = new Map<string, { readonly principal: Principal; readonly endMs: number }>()
  return {
    begin(principal) {
      for (const [key, { endMs }] of held) {
        if (endMs > now() && held.size < sessionsMax) break
        held.delete(key)
      }
      const secret = randomBytes(32).toString('base64url')
      held.set(keyOf(secret), { principal, endMs: now() + lifetimeMs })
      return secret
    },
    principal(secret) {
      const session = held.get(keyOf(secret))
      return session === undefined || session.endMs <= now() ? null : session.principal
    },
    end: (secret) => void held.delete(keyOf(secret)),
  }
}

const sessionsMaxDefault = 10_000

function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64')
}
