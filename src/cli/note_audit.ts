import type { AuditRecords } from '../access/audit.ts'

/** Keeps that a command did something, as the audit of REST names it. */
export function noteAudit(records: Pick<AuditRecords, 'addAudit'>, action: string, target: string): void {
  const actor = { kind: 'local', id: 'command line', name: 'command line' } as const
  records.addAudit({ atMs: Date.now(), actor, action, target, outcome: 'done', status: null })
}

/** The same of a data folder that is not open for it: a row for each target, as REST leaves one for each request. */
export async function noteAudits(folder: string, action: string, targets: readonly string[]): Promise<void> {
  const { openAccessStore } = await import('../storage/access_store.ts')
  const store = openAccessStore(folder, () => undefined)
  try {
    for (const target of targets) noteAudit(store, action, target)
  } finally {
    store.close()
  }
}
