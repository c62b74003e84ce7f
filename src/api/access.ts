import type { AuditRecords } from '../access/audit.ts'
import type { Verdict } from '../access/principal.ts'
import { isLoopback } from './loopback.ts'

/** Who may ask the server; the daemon implements it. */
export interface Access {
  /** Whether who shows nothing may do everything, at this moment. */
  isOpen(): boolean
  /** Whether a request may name the server so in its Host: an address, or a name without port. */
  isHost(name: string): boolean
  /** Whose a text behind `Authorization: Bearer` is. */
  bearer(text: string): Promise<Verdict>
  readonly audit: AuditRecords
}

/** Of a server that nobody else reaches, and that keeps nothing of who asked. */
export const everybody: Access = {
  isOpen: () => true,
  isHost: isLoopback,
  bearer: () => Promise.resolve({ refusal: 'there are no tokens here' }),
  audit: { addAudit: () => undefined, audits: () => [] },
}
