/** Something that was changed or taken out, or was to be: who, what and how it ended. Never what was in it. */
export interface AuditRow {
  readonly atMs: number
  readonly actor: Actor
  /** `createToken`, or the operation of the API. */
  readonly action: string
  /** The path that was asked for, or the id of what was changed. */
  readonly target: string
  readonly outcome: 'done' | 'refused' | 'failed'
  /** What the API answered; null for a command. */
  readonly status: number | null
}

/** `local` is whoever needs no token: the command line in the data folder, and a loopback address that is open. */
export interface Actor {
  readonly kind: 'local' | 'token' | 'login'
  readonly id: string
  readonly name: string
}

/** Where rows are kept, the newest `auditRowsMax` of them. */
export interface AuditRecords {
  addAudit(row: AuditRow): void
  /** Newest first: at most `limit` before `beforeId`; null: from the newest. */
  audits(beforeId: number | null, limit: number): readonly KeptAuditRow[]
}

export interface KeptAuditRow extends AuditRow {
  readonly id: number
}

export const auditRowsMax = 50_000
