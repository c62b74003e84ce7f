import { createHash, randomBytes } from 'node:crypto'

import type { Principal } from './principal.ts'

/** Who is logged in, by the secret that their browser holds. All throw `TapistryError` (STORAGE) where that cannot be kept or looked up. */
export interface Sessions {
  /** Begins one, and returns its secret. */
  begin(principal: Principal): string
  /** Who holds the secret; null where nobody does any longer. */
  principal(secret: string): Principal | null
  end(secret: string): void
}

/** Where sessions are kept. */
export interface SessionRecords {
  /** Those that are over at `nowMs` go, then the first to end until `sessionsMax` are left. */
  addSession(sha256: Buffer, session: Session, nowMs: number, sessionsMax: number): void
  session(sha256: Buffer): Session | null
  endSession(sha256: Buffer): void
}

export interface Session {
  readonly principal: Principal
  /** What it was made under: under something else it does not count. */
  readonly basis: string
  readonly endMs: number
}

export interface SessionOptions {
  readonly records: SessionRecords
  readonly basis: string
  readonly lifetimeMs: number
  readonly now: () => number
  /** At most so many at once: the one that began first ends for a new one. */
  readonly sessionsMax?: number
}

export function newSessions({ records, basis, lifetimeMs, now, sessionsMax = sessionsMaxDefault }: SessionOptions): Sessions {
  return {
    begin(principal) {
      const secret = randomBytes(32).toString('base64url')
      records.addSession(hashOf(secret), { principal, basis, endMs: now() + lifetimeMs }, now(), sessionsMax)
      return secret
    },
    principal(secret) {
      const session = records.session(hashOf(secret))
      return session === null || session.endMs <= now() || session.basis !== basis ? null : session.principal
    },
    end: (secret) => records.endSession(hashOf(secret)),
  }
}

const sessionsMaxDefault = 10_000

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
