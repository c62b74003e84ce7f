import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import type { Service, TimeSpan } from '../inventory/inventory.ts'
import { byServiceName, droppedIn, encryptedIn, quarantinedHosts, seenNames, seenServices, type ServiceOptions } from '../inventory/read.ts'
import { readService, type SeenService } from '../inventory/read_service.ts'
import type { StateReading } from '../inventory/state_reading.ts'
import { correctionsFor, type Correction } from '../inventory/template/corrections.ts'
import { documentOf, serviceDocument } from '../inventory/to_document.ts'
import { unseenServices } from '../inventory/unseen.ts'
import type { Dropped } from '../inventory/visibility.ts'
import type { Bindings, Registry } from '../registry/registry.ts'
import { assessService, sortedFindings } from './assess.ts'
import { bindingRegistry, type Bound } from './bound_registry.ts'
import { sameWindows } from './facts.ts'

/** What is registered and said beside the traffic. */
export interface Known {
  readonly registry: Registry
  /** Services that documents are for, by the id of the document. */
  readonly bindings: Bindings
  readonly services: readonly ServiceOptions[]
  /** What people decided of templates, in that order. */
  readonly corrections?: readonly Correction[]
  /** Of this program. */
  readonly version: string
}

/** Reads inventories out of the readings of a state. What a service came to is the same object again as long as all that it depends on is the same. */
export interface InventoryReader {
  /** In pieces of less than a millisecond, but for what depends on everything. The result is that of a reader that has read nothing before. */
  read(reading: StateReading, known: Known): Generator<void, InventoryDocument>
}

/** `hold` gives what is kept of an endpoint, where inventories are held for long. */
export function inventoryReader(hold?: Hold): InventoryReader {
  const parts = new Map<string, Part>()
  let bound: Bound | null = null
  return {
    *read(reading, known) {
      bound = yield* bindingRegistry(reading, known, bound)
      const { registry } = bound
      const { window } = reading
      const dropped = droppedIn(reading)
      const now: Part[] = []
      const all = seenServices(reading, known.services)
      for (const seen of all) {
        const basis = { registry, corrections: (known.corrections ?? []).filter(({ service }) => service === seen.name), dropped }
        let part = parts.get(seen.name)
        if (part === undefined || !isSame(part, seen, basis, window)) {
          // Also where the rest is given up, whoever reads next has this one.
          parts.set(seen.name, (part = yield* readPart(seen, basis, window, hold)))
        }
        now.push(part)
      }
      const names = new Set(all.map(({ name }) => name))
      for (const name of parts.keys()) if (!names.has(name)) parts.delete(name)
      const listed = now.flatMap(({ shown }) => shown ?? [])
      const unseen: Shown[] = []
      for (const service of unseenServices(registry, seenNames(listed.map(({ document }) => document)), dropped))
        unseen.push(yield* showing(service, window, hold))
      const shown = [...listed, ...unseen].toSorted((a, b) => byServiceName(a.document, b.document))
      const hidden = now.flatMap((part) => (part.shown === null ? [part.hiddenExchanges] : []))
      yield
      return documentOf(
        {
          window,
          services: shown.map(({ document }) => document),
          findings: sortedFindings(shown.map(({ findings }) => findings)),
          quarantinedHosts: quarantinedHosts(reading, hidden),
          ...encryptedIn(reading),
        },
        reading.counters,
        known.version,
      )
    },
  }
}

type Hold = (endpoint: EndpointDocument) => EndpointDocument

/** What a service came to. */
interface Shown {
  readonly document: ServiceDocument
  readonly findings: readonly FindingDocument[]
  /** Windows for which it would be the same. */
  readonly windows: TimeSpan
}

/** What a service is read with, beside what was seen of it. */
interface Basis {
  readonly registry: Registry
  /** Of the service alone. */
  readonly corrections: readonly Correction[]
  readonly dropped: Dropped
}

/** What a service came to, with what it was read from. */
interface Part {
  readonly marks: readonly object[]
  readonly said: SeenService['said']
  readonly basis: Basis
  readonly isOfPackets: boolean
  /** Null for one that is counted alone. */
  readonly shown: Shown | null
  readonly hiddenExchanges: number
}

function* readPart(seen: SeenService, basis: Basis, window: TimeSpan | null, hold?: Hold): Generator<void, Part> {
  const { service, ...counted } = yield* readService(seen, { ...basis, corrections: correctionsFor(seen.name, basis.corrections) })
  const shown = service === null ? null : yield* showing(service, window, hold)
  return { ...counted, marks: seen.hosts.map(({ mark }) => mark), said: seen.said, basis, shown }
}

function* showing(service: Service, window: TimeSpan | null, hold?: Hold): Generator<void, Shown> {
  const assessment = yield* assessService(service, window)
  return {
    document: yield* serviceDocument(service, assessment, hold),
    findings: assessment.findings,
    windows: sameWindows(service.endpoints, window),
  }
}

function isSame(part: Part, seen: SeenService, { registry, corrections, dropped }: Basis, window: TimeSpan | null): boolean {
  return (
    part.basis.registry === registry &&
    part.said === seen.said &&
    (!part.isOfPackets || (part.basis.dropped.packets === dropped.packets && part.basis.dropped.share === dropped.share)) &&
    part.marks.length === seen.hosts.length &&
    seen.hosts.every(({ mark }, at) => part.marks[at] === mark) &&
    part.basis.corrections.length === corrections.length &&
    corrections.every((correction, at) => part.basis.corrections[at] === correction) &&
    (window === null || part.shown === null || (window.lastMs > part.shown.windows.firstMs && window.lastMs <= part.shown.windows.lastMs))
  )
}
