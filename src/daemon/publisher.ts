import { runThrough } from '../base/run_through.ts'
import { changesBetween, type Change } from '../finding/changes.ts'
import { decided, nextEndMs } from '../finding/decided.ts'
import type { Decision } from '../finding/decision.ts'
import { withDecisions } from '../finding/documents.ts'
import { inventoryReader, type Known } from '../finding/reader.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { endpointPacker } from '../inventory/packed_endpoint.ts'
import type { Pipeline } from './pipeline.ts'

/** Turns what is kept into the inventory that people see, every now and then, in pieces between which everything else has its turn. */
export interface Publisher {
  /** As it was published last: a new object whenever it was published anew. */
  inventory(): InventoryDocument
  /** Reads out at once what is kept now, unless that was done already. */
  publish(): InventoryDocument
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
  /** Told what differs from the inventory before, and at first what of it was never told. */
  readonly onChange: (changes: readonly Change[], inventory: InventoryDocument) => void
}

/** Reading out may take this share of the time at most, so that a large inventory leaves room for everything else. */
const shareMax = 0.1
/** How long others wait at most for their turn. */
const pieceMs = 10

export function startPublisher(
  pipeline: Pick<Pipeline, 'version' | 'state' | 'whenWhole' | 'decisions'>,
  { known: first, publishMs, now, onChange }: PublisherOptions,
): Publisher {
  const reader = inventoryReader(endpointPacker())
  let known = first
  let decisions = pipeline.decisions()
  let endMs = Infinity
  let shaping = shapingOf(decisions)
  let whole = withDecisions(known, shaping)
  let version = -1
  let plain = readPlain()
  let inventory = shown()
  let tookMs = 0
  let publications = 1
  /** Given up where something else publishes meanwhile. */
  let reading: symbol | null = null
  let turn: NodeJS.Immediate | null = null
  let timer = setTimeout(tick, publishMs)

  /** Specs or what is said of services are others. */
  function reshape(): void {
    whole = withDecisions(known, shaping)
    version = -1
  }

  /** As traffic and specs make it. */
  function readPlain(): InventoryDocument {
    version = pipeline.version()
    return runThrough(reader.read(pipeline.state().reading(), whole))
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
      const steps = reader.read(state.reading(), basis)
      let usedMs = 0
      const go = (): void => {
        turn = null
        if (reading !== own) return
        const startedMs = performance.now()
        for (;;) {
          const step = steps.next()
          if (step.done === true) {
            reading = null
            plain = step.value
            version = basis === whole ? at : -1
            show()
            tookMs = usedMs + performance.now() - startedMs
            timer = setTimeout(tick, Math.max(publishMs, tookMs / shareMax))
            return
          }
          if (performance.now() - startedMs > pieceMs) break
        }
        usedMs += performance.now() - startedMs
        turn = setImmediate(go)
      }
      go()
    })
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

  return {
    inventory: () => inventory,
    publish() {
      takeDecisions()
      if (version !== pipeline.version()) publishNow()
      else if (decisions !== pipeline.decisions() || now() >= endMs) show()
      return inventory
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
      if (turn !== null) clearImmediate(turn)
    },
  }
}

/** The decisions that readings out depend on; the others are applied to what was read out. */
function shapingOf(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.filter(({ body }) => body.kind === 'spec' || body.kind === 'correction')
}
