import type { AuditRecords } from '../access/audit.ts'
import type { Principal, Verdict } from '../access/principal.ts'
import { newLogin, type Login } from '../access/login.ts'
import type { SessionRecords } from '../access/sessions.ts'
import { addressKey, rateLimit, type Taken } from '../access/rate_limit.ts'
import { jwtCheck } from '../access/jwt_check.ts'
import { tokenCheck } from '../access/token_check.ts'
import type { AccessOptions } from '../config/access_options.ts'
import { durationMs } from '../config/units.ts'
import { openAccessStore } from '../storage/access_store.ts'

/** Who may ask the daemon, out of its data folder and configuration. */
export interface Guarded {
  isOpen(): boolean
  bearer(text: string): Promise<Verdict>
  /** Takes one request of somebody known, or of nobody, from an address. */
  rate(principal: Principal | null, address: string): Taken
  rateBucketsDropped(): number
  readonly login: Login | null
  readonly audit: AuditRecords
  close(): void
}

export interface GuardedOptions {
  readonly dataDir: string
  readonly access: AccessOptions
  /** Where browsers reach the daemon; without it nobody logs in with one. */
  readonly publicUrl?: string
  /** Whether only this machine reaches the address. */
  readonly isLoopback: boolean
  readonly now: () => number
  /** Told what could not be done, and what was thrown. */
  readonly onFailure: (what: string, thrown: unknown) => void
}

/** Opens tokens and audit. Throws `TapistryError` (STORAGE). */
export function openGuarded({ dataDir, access, publicUrl, isLoopback, now, onFailure }: GuardedOptions): Guarded {
  const store = openAccessStore(dataDir, () => undefined)
  const login = loginOf(access, publicUrl, store, now)
  const check = tokenCheck(store, now)
  const { oidc } = access
  const jwt =
    oidc?.audience === undefined
      ? null
      : jwtCheck({ ...oidc, audience: oidc.audience, clockToleranceMs: durationMs(oidc.clockTolerance) ?? 0 }, now, (problem) =>
          onFailure('logins cannot be checked', problem),
        )
  const flush = (): void => {
    try {
      check.flush()
    } catch (thrown) {
      onFailure('when tokens were used last could not be kept', thrown)
    }
  }
  // Apart, so that nobody who is not known can drive out the buckets of those who are.
  const known = rateLimit(access.rateLimit.perMinute, () => performance.now())
  const unknown = rateLimit(access.rateLimit.unknownPerMinute, () => performance.now())
  const timer = setInterval(flush, usesMs)
  timer.unref()
  return {
    isOpen: () => isLoopback && (access.loopbackOpen ?? (oidc === undefined && !store.hasTokens())),
    // A JWT has three parts; a token of ours has no dot.
    bearer: async (text) => (jwt !== null && text.includes('.') ? jwt(text) : check.verdict(text)),
    rate(principal, address) {
      if (principal === null) return unknown.take(addressKey(address))
      return known.take(principal.kind === 'local' ? addressKey(address) : `${principal.kind} ${principal.id}`)
    },
    rateBucketsDropped: () => known.dropped() + unknown.dropped(),
    login,
    audit: store,
    close() {
      clearInterval(timer)
      flush()
      store.close()
    },
  }
}

function loginOf({ oidc }: AccessOptions, publicUrl: string | undefined, records: SessionRecords, now: () => number): Login | null {
  if (oidc?.clientId === undefined || publicUrl === undefined) return null
  const { clientId, clientSecret, issuer, scopes, roles } = oidc
  const [clockToleranceMs, lifetimeMs] = [durationMs(oidc.clockTolerance) ?? 0, durationMs(oidc.sessionLifetime) ?? 0]
  return newLogin(
    { issuer, clientId, ...(clientSecret === undefined ? {} : { clientSecret }), scopes, roles, clockToleranceMs, lifetimeMs, publicUrl },
    records,
    now,
  )
}

/** How often the last uses of tokens are kept. */
const usesMs = 60_000
