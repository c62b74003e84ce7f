import { changesBetween, type Change } from '../finding/changes.ts'
import { decided, nextEndMs } from '../finding/decided.ts'
import type { Decision } from '../finding/decision.ts'
import { withDecisions } from '../finding/documents.ts'
import type { Known } from '../finding/read_out.ts'
import { readOut } from '../finding/read_out.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { Pipeline } from './pipeline.ts'

/** Turns what is kept into the inventory that people see, every now and then. */
export interface Publisher {
  /** As it was published last: a new object whenever it was published anew. */
  inventory(): InventoryDocument
  /** Reads out what is kept now, unless that was done already. */
  publish(): InventoryDocument
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

export function startPublisher(
  pipeline: Pick<Pipeline, 'version' | 'state' | 'decisions'>,
  { known: first, publishMs, now, onChange }: PublisherOptions,
): Publisher {
  let known = first
  let version = -1
  let decisions = pipeline.decisions()
  let endMs = Infinity
  let shaping = shapingOf(decisions)
  let whole = withDecisions(known, shaping)
  let plain: InventoryDocument = readPlain()
  let inventory = shown()
  let tookMs = 0
  let publications = 1
  let timer = setTimeout(tick, publishMs)

  /** Specs or what is said of services are others: everything is to be read out anew. */
  function reshape(): void {
    whole = withDecisions(known, shaping)
    version = -1
  }

  /** As traffic and specs make it. */
  function readPlain(): InventoryDocument {
    version = pipeline.version()
    return readOut(pipeline.state(), whole)
  }

  function shown(): InventoryDocument {
    const nowMs = now()
    decisions = pipeline.decisions()
    endMs = nextEndMs(decisions, nowMs)
    return decided(plain, decisions, nowMs)
  }

  function tick(): void {
    publish()
    timer = setTimeout(tick, Math.max(publishMs, tookMs / shareMax))
  }

  function publish(): InventoryDocument {
    const nextShaping = decisions === pipeline.decisions() ? shaping : shapingOf(pipeline.decisions())
    if (nextShaping.length !== shaping.length || nextShaping.some((decision, at) => decision !== shaping[at])) {
      shaping = nextShaping
      reshape()
    }
    const isStale = version !== pipeline.version()
    if (!isStale && decisions === pipeline.decisions() && now() < endMs) return inventory
    const started = performance.now()
    const before = inventory
    if (isStale) plain = readPlain()
    inventory = shown()
    onChange(changesBetween(before, inventory), inventory)
    tookMs = performance.now() - started
    publications += 1
    return inventory
  }

  return {
    inventory: () => inventory,
    publish,
    setKnown(next) {
      known = next
      reshape()
    },
    counters: () => ({ publications, publicationMs: Math.round(tookMs) }),
    close: () => clearTimeout(timer),
  }
}

/** The decisions that readings out depend on; the others are applied to what was read out. */
function shapingOf(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.filter(({ body }) => body.kind === 'spec' || body.kind === 'correction')
}
