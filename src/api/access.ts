import type { AuditRecords } from '../access/audit.ts'
import type { Login } from '../access/login.ts'
import type { Principal, Verdict } from '../access/principal.ts'
import type { Taken } from '../access/rate_limit.ts'
import { isLoopback } from '../base/loopback.ts'

/** Who may ask the server; the daemon implements it. */
export interface Access {
  /** Whether who shows nothing may do everything, at this moment. */
  isOpen(): boolean
  /** Whether a request may name the server so in its Host: an address, or a name without port. */
  isHost(name: string): boolean
  /** Whose a text behind `Authorization: Bearer` is. */
  bearer(text: string): Promise<Verdict>
  /** Takes one request of somebody known, or of nobody, from an address; null where there is no limit. */
  rate(principal: Principal | null, address: string): Taken | null
  /** How many buckets of the limit were dropped since there were too many. */
  rateBucketsDropped(): number
  /** Logins of people with a browser; null where none are configured. */
  readonly login: Login | null
  readonly audit: AuditRecords
}

/** Of a server that nobody else reaches, and that keeps nothing of who asked. */
export const everybody: Access = {
  isOpen: () => true,
  isHost: isLoopback,
  bearer: () => Promise.resolve({ refusal: 'there are no tokens here' }),
  rate: () => null,
  rateBucketsDropped: () => 0,
  login: null,
  audit: { addAudit: () => undefined, audits: () => [] },
}
