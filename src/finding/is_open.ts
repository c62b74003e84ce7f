import type { FindingDocument } from '../inventory/document.ts'

/** Whether a finding still counts: nobody said that it is over or no matter. */
export function isOpen({ state }: Pick<FindingDocument, 'state'>): boolean {
  return state !== 'resolved' && state !== 'suppressed'
}
