import { timingSafeEqual } from 'node:crypto'

import { rfc3339 } from '../base/clock.ts'
import type { Verdict } from './principal.ts'
import { tokenState, type TokenRecords } from './token.ts'
import { tokenIdentity } from './token_text.ts'

/** Tells whose a token is. */
export interface TokenCheck {
  verdict(text: string): Verdict
  /** Remembers the last uses that were not yet; where that fails they are for the next time. */
  flush(): void
}

/**
 * Looks each token up when it is shown, so that one that another process has revoked is refused with the next request. What is compared is a hash: how long
 * that takes tells nothing of a token, and it takes as long whatever is shown.
 */
export function tokenCheck(records: TokenRecords, now: () => number): TokenCheck {
  let uses = new Map<string, number>()
  return {
    verdict(text) {
      const identity = tokenIdentity(text)
      if (identity === null) return { refusal: 'what was shown is no whole token of Tapistry: copy it again' }
      const kept = records.token(identity.id)
      if (kept === null || !timingSafeEqual(kept.sha256, identity.sha256))
        return { refusal: 'the token is not known here: make one with "tapistry token create"' }
      const nowMs = now()
      const { id, name, scopes, services, expiresMs } = kept.token
      const state = tokenState(kept.token, nowMs)
      if (state === 'revoked') return { refusal: 'the token was revoked: ask for a new one' }
      if (state === 'expired') return { refusal: `the token has expired on ${rfc3339(expiresMs ?? 0)}: ask for a new one` }
      uses.set(id, nowMs)
      return { principal: { kind: 'token', id, name, scopes, services } }
    },
    flush() {
      if (uses.size === 0) return
      records.noteUses(uses)
      uses = new Map()
    },
  }
}
