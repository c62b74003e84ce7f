/** What somebody may do: `write` holds `read`, `admin` holds all; `ingest` is for those who send exchanges and see nothing. */
export type Scope = (typeof scopes)[number]

export const scopes = ['read', 'write', 'admin', 'ingest'] as const
