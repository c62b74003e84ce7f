import type { SeenInput } from '../source/source.ts'
import type { NewNotice } from '../storage/outbox.ts'
import type { Commit, StoredEvent, Tail } from '../storage/repository.ts'

/** What was added since the last commit. */
interface Pending {
  readonly packed: Uint8Array[]
  readonly events: StoredEvent[]
  told: Uint8Array | null
  readonly notices: NewNotice[]
  readonly sources: Map<string, Commit['sources'][number]>
  readonly inputs: Map<string, SeenInput>
  readonly tails: Map<string, Tail>
  readonly dropTails: Set<string>
  readonly added: Set<string>
  isEmpty: boolean
  bytes: number
}

export function newPending(): Pending {
  return {
    packed: [],
    events: [],
    told: null,
    notices: [],
    sources: new Map(),
    inputs: new Map(),
    tails: new Map(),
    dropTails: new Set(),
    added: new Set(),
    isEmpty: true,
    bytes: 0,
  }
}
