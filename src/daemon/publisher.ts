import { runThrough } from '../base/run_through.ts'
import { changesBetween, comparing, type Change } from '../finding/changes.ts'
import { decided, nextEndMs } from '../finding/decided.ts'
import type { Decision } from '../finding/decision.ts'
import { withDecisions } from '../finding/documents.ts'
import { inventoryReader, type Known } from '../finding/reader.ts'
import { tellingText } from '../finding/told.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { endpointPacker } from '../inventory/packed_endpoint.ts'
import type { StateReading } from '../inventory/state_reading.ts'
import { packedTextSoon } from '../storage/packed_json.ts'
import { latestOf } from '../storage/prune.ts'
import { queuePiece } from '../base/pieces.ts'
import type { Pipeline } from './pipeline.ts'

/** Turns what is kept into the inventory that people see, every now and then, in pieces between which everything else has its turn. */
export interface Publisher {
  /** As it was published last: a new object whenever it was published anew. */
  inventory(): InventoryDocument
  /** Reads out at once what is kept now, unless that was done already. */
  publish(): InventoryDocument
  /** Publishes what is kept now, at the end, within this time and while everybody waits: false where it takes longer, and is left to the next start. */
  publishLast(withinMs: number): boolean
  /** Shows at once what was decided: reads out only where that depends on it. */
  publishDecisions(): void
  /** What is registered or said of services has changed. */
  setKnown(known: Known): void
  counters(): Readonly<Record<string, number>>
  close(): void
}

export interface PublisherOptions {
  readonly known: Known
  readonly publishMs: number
  readonly now: () => number
  /** What those who read it need of the next inventory, in pieces: done before it is shown in place of the other one. */
  readonly prepare: (next: InventoryDocument, before: InventoryDocument) => Generator<void, void>
  /** Told what differs from the inventory before, and at first what of it was never told; `told` is what there is to compare with later, packed, where that is made. */
  readonly onChange: (changes: readonly Change[], inventory: InventoryDocument, told: Uint8Array | null) => void
}

/** Reading out may take this share of the time at most, so that a large inventory leaves room for everything else. */
const shareMax = 0.1
/** A publication that takes longer than this rests after each piece, so many times as long as that took: it is for a large inventory, of which others want to know too. */
const hurryMs = 500
const rests = 2

export function startPublisher(
  pipeline: Pick<Pipeline, 'version' | 'state' | 'whenWhole' | 'decisions'>,
  { known: first, publishMs, now, prepare, onChange }: PublisherOptions,
): Publisher {
  const reader = inventoryReader(endpointPacker())
  let known = first
  let decisions = pipeline.decisions()
  let endMs = Infinity
  let shaping = shapingOf(decisions)
  let whole = withDecisions(known, shaping)
  let version = -1
  const startedMs = performance.now()
  let plain = readPlain()
  let inventory = shown()
  let tookMs = performance.now() - startedMs
  let publications = 1
  /** Given up where something else publishes meanwhile. */
  let reading: symbol | null = null
  let timer = setTimeout(tick, publishMs)

  /** Specs or what is said of services are others. */
  function reshape(): void {
    whole = withDecisions(known, shaping)
    version = -1
  }

  /** As traffic and specs make it. */
  function readPlain(): InventoryDocument {
    version = pipeline.version()
    return runThrough(reader.read(pipeline.state().reading(latestOf(now())), whole))
  }

  function shown(): InventoryDocument {
    const nowMs = now()
    decisions = pipeline.decisions()
    endMs = nextEndMs(decisions, nowMs)
    return decided(plain, decisions, nowMs)
  }

  function tick(): void {
    takeDecisions()
    if (version === pipeline.version()) {
      if (decisions !== pipeline.decisions() || now() >= endMs) show()
      timer = setTimeout(tick, publishMs)
      return
    }
    const own = (reading = Symbol('reading'))
    const basis = whole
    pipeline.whenWhole((state, at) => {
      if (reading !== own) return
      const steps = nextOf(state.reading(latestOf(now())), basis)
      let usedMs = 0
      const go = (untilMs: number): void => {
        if (reading !== own) return
        const startedMs = performance.now()
        for (;;) {
          const step = steps.next()
          if (step.done === true) {
            void endReading(own, { basis, at }, step.value, usedMs + performance.now() - startedMs)
            return
          }
          if (performance.now() > untilMs) break
        }
        const pieceMs = performance.now() - startedMs
        usedMs += pieceMs
        if (usedMs < hurryMs) queuePiece(go)
        else timer = setTimeout(queuePiece, pieceMs * rests, go)
      }
      queuePiece(go)
    })
  }

  function* nextOf(taken: StateReading, basis: Known): Generator<void, Next> {
    const next = yield* reader.read(taken, basis)
    yield* prepare(next, inventory)
    const view = { before: inventory, decisions: pipeline.decisions(), atMs: now() }
    const after = decided(next, view.decisions, view.atMs)
    const changes = yield* comparing(view.before, after)
    return { ...view, plain: next, after, changes, told: changes.length === 0 ? null : yield* tellingText(after) }
  }

  /** Shows what was read, unless something else was published meanwhile. */
  async function endReading(own: symbol, { basis, at }: { readonly basis: Known; readonly at: number }, next: Next, usedMs: number): Promise<void> {
    const told = next.told === null ? null : await packedTextSoon(next.told)
    if (reading !== own) return
    reading = null
    version = basis === whole ? at : -1
    publishNext(next, told)
    tookMs = usedMs
    timer = setTimeout(tick, Math.max(publishMs, tookMs / shareMax))
  }

  function publishNext(next: Next, told: Uint8Array | null): void {
    ;({ plain } = next)
    // Something was decided meanwhile: it is compared anew.
    if (next.before !== inventory || next.decisions !== pipeline.decisions()) return show()
    inventory = next.after
    ;({ decisions } = next)
    endMs = nextEndMs(decisions, next.atMs)
    onChange(next.changes, inventory, told)
    publications += 1
  }

  function takeDecisions(): void {
    const next = decisions === pipeline.decisions() ? shaping : shapingOf(pipeline.decisions())
    if (next.length === shaping.length && next.every((decision, at) => decision === shaping[at])) return
    shaping = next
    reshape()
  }

  function show(): void {
    const before = inventory
    inventory = shown()
    onChange(changesBetween(before, inventory), inventory, null)
    publications += 1
  }

  /** What is being read is given up: it would be older. */
  function publishNow(): void {
    if (reading !== null) {
      reading = null
      timer = setTimeout(tick, publishMs)
    }
    plain = readPlain()
    show()
  }

  function publish(): InventoryDocument {
    takeDecisions()
    if (version !== pipeline.version()) publishNow()
    else if (decisions !== pipeline.decisions() || now() >= endMs) show()
    return inventory
  }

  return {
    inventory: () => inventory,
    publish,
    publishLast(withinMs) {
      takeDecisions()
      if (version === pipeline.version()) {
        publish()
        return true
      }
      const untilMs = performance.now() + withinMs
      // It is known of the last one; whoever has waited for it does so no longer.
      if (tookMs > withinMs) return false
      reading = null
      const at = pipeline.version()
      const steps = nextOf(pipeline.state().reading(latestOf(now())), whole)
      for (let step = steps.next(); performance.now() <= untilMs; step = steps.next()) {
        if (step.done !== true) continue
        version = at
        publishNext(step.value, null)
        return true
      }
      return false
    },
    publishDecisions() {
      takeDecisions()
      if (version === -1) publishNow()
      else show()
    },
    setKnown(next) {
      known = next
      reshape()
    },
    counters: () => ({ publications, publicationMs: Math.round(tookMs) }),
    close() {
      reading = null
      clearTimeout(timer)
    },
  }
}

/** What is published next, with what it was made with. */
interface Next {
  readonly plain: InventoryDocument
  readonly before: InventoryDocument
  readonly after: InventoryDocument
  readonly decisions: readonly Decision[]
  readonly atMs: number
  readonly changes: readonly Change[]
  /** What there is to compare with later; null where nothing has changed. */
  readonly told: string | null
}

/** The decisions that readings out depend on; the others are applied to what was read out. */
function shapingOf(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.filter(({ body }) => body.kind === 'spec' || body.kind === 'correction')
}
