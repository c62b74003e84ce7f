/** What somebody may do: `write` holds `read`, `admin` holds all; `ingest` is for those who send exchanges and see nothing. */
export type Scope = (typeof scopes)[number]

export const scopes = ['read', 'write', 'admin', 'ingest'] as const

/** Whether one of the scopes that are held is enough for what is needed. */
export function allows(held: readonly Scope[], needed: Scope): boolean {
  return held.some((scope) => holds[scope].includes(needed))
}

const holds: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  write: ['write', 'read'],
  admin: scopes,
  ingest: ['ingest'],
}
