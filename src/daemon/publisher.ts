import { runThrough } from '../base/run_through.ts'
import { changesBetween, comparing, type Change } from '../finding/changes.ts'
import { decided, nextEndMs } from '../finding/decided.ts'
import type { Decision } from '../finding/decision.ts'
import { withDecisions } from '../finding/documents.ts'
import { inventoryReader, type Known } from '../finding/reader.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { endpointPacker } from '../inventory/packed_endpoint.ts'
import type { StateReading } from '../inventory/state_reading.ts'
import { latestOf } from '../storage/prune.ts'
import { queuePiece } from '../base/pieces.ts'
import type { Pipeline } from './pipeline.ts'

/** Turns what is kept into the inventory that people see, every now and then, in pieces between which everything else has its turn. */
export interface Publisher {
  /** As it was published last: a new object whenever it was published anew. */
  inventory(): InventoryDocument
  /** Reads out at once what is kept now, unless that was done already. */
  publish(): InventoryDocument
  /** Publishes what is kept now, at the end, where that is quickly done: what is not told then is told at the next start. */
  publishLast(): void
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
  /** Told what differs from the inventory before, and at first what of it was never told. */
  readonly onChange: (changes: readonly Change[], inventory: InventoryDocument) => void
}

/** Reading out may take this share of the time at most, so that a large inventory leaves room for everything else. */
const shareMax = 0.1
/** A publication that takes longer than this rests after each piece, so many times as long as that took: it is for a large inventory, of which others want to know too. */
const hurryMs = 500
const rests = 2
/** What the last publication may have taken, for one more to be made while everybody waits for the end. */
const lastMsMax = 2_000

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
            reading = null
            version = basis === whole ? at : -1
            publishNext(step.value)
            tookMs = usedMs + performance.now() - startedMs
            timer = setTimeout(tick, Math.max(publishMs, tookMs / shareMax))
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
    return { ...view, plain: next, after, changes: yield* comparing(view.before, after) }
  }

  function publishNext(next: Next): void {
    ;({ plain } = next)
    // Something was decided meanwhile: it is compared anew.
    if (next.before !== inventory || next.decisions !== pipeline.decisions()) return show()
    inventory = next.after
    ;({ decisions } = next)
    endMs = nextEndMs(decisions, next.atMs)
    onChange(next.changes, inventory)
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
    onChange(changesBetween(before, inventory), inventory)
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
    publishLast() {
      if (tookMs <= lastMsMax) publish()
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
}

/** The decisions that readings out depend on; the others are applied to what was read out. */
function shapingOf(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.filter(({ body }) => body.kind === 'spec' || body.kind === 'correction')
}
