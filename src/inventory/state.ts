import { mergeObservation } from '../observation/merge.ts'
import { packedAlone } from '../observation/codec.ts'
import { unpacked } from '../observation/packed.ts'
import { operationOf } from '../observation/operation.ts'
import type { Batch, Observation, ObservationKey, ServiceCount, SourceKind } from '../observation/observation.ts'
import { trimFacts } from '../observation/service_facts.ts'
import { LiteralBounds } from './literal_bounds.ts'
import { keyedHash, keyText, tierOf } from './priority.ts'
import { byName, observationOf, readingOf, type Folded, type Kept, type StateReading } from './state_reading.ts'

/** What the state may hold. Beyond it, keys are folded into counts by priority; never by order of arrival. */
export interface StateBounds {
  /** Observation keys of one path shape and operation of a service: methods, statuses, media types, servers. */
  readonly keysPerPathMax: number
  readonly keysPerServiceMax: number
  readonly keysMax: number
  /** Services with keys; as many others may have counts of their own (visibility, folded exchanges). */
  readonly servicesMax: number
}

/** At about 2 kB a key, 200 MB at the very worst; real services need some hundred keys. */
export const stateBoundsDefault: StateBounds = {
  keysPerPathMax: 512,
  keysPerServiceMax: 20_000,
  keysMax: 100_000,
  servicesMax: 20_000,
}

/** What a batch brings, or a stored state as one batch: then with what had been folded before it was stored. */
export interface StateBatch extends Batch {
  readonly folded?: ReadonlyMap<string, Folded>
}

/**
 * The merged observations: everything that is shown is a pure function of them. Any order and grouping of the same batches
 * gives the same state, since counts add and what stays within the bounds is decided by a total order over keys.
 */
export class InventoryState {
  readonly #bounds: StateBounds
  readonly #secret: string
  readonly #services = new Map<string, Map<string, Kept>>()
  readonly #visibility = new Map<string, Map<ServiceCount, number>>()
  readonly #folded = new Map<string, MutableFolded>()
  readonly #counters = new Map<string, number>()
  readonly #literals: LiteralBounds
  /** Service and path of literals that gave way; the keys below them are folded at the next look. */
  readonly #evicted = new Set<string>()
  /** What came since something was packed last. */
  #loose = new Set<Kept>()
  /** What `reading` gives as the mark of a service, until something of it changes. */
  readonly #marks = new Map<string, object>()
  #keys = 0
  /** A service has more keys than it may keep. */
  #crowded = false
  /** Nothing came since the bounds were last applied. */
  #trimmed = true
  #hasEvicted = false
  #hasGivenUp = false

  /** `literals` are path segments of registered specs, which always stay apart. */
  constructor(bounds: StateBounds = stateBoundsDefault, secret = '', literals: ReadonlySet<string> = new Set()) {
    this.#bounds = bounds
    this.#secret = secret
    this.#literals = new LiteralBounds(literals)
  }

  /** Path segments of registered specs, for what comes from now on. */
  know(literals: ReadonlySet<string>): void {
    this.#literals.know(literals)
  }

  /** Adds a batch. */
  fold(batch: StateBatch): void {
    for (const _ of this.folding(batch));
  }

  /** Adds a batch piece by piece, a few milliseconds each; between them it holds a part of the batch. */
  *folding(batch: StateBatch): Generator<void> {
    for (const [at, observation] of batch.observations.entries()) {
      this.#add(observation)
      if (at % pieceKeys === pieceKeys - 1) yield
    }
    this.#trimmed = false
    for (const { service, counts } of batch.visibility) this.#see(service, counts)
    for (const [name, count] of batch.counters) this.#counters.set(name, (this.#counters.get(name) ?? 0) + count)
    for (const [service, folded] of batch.folded ?? []) addFolded(this.#foldedOf(service), folded)
    const { keysMax, servicesMax } = this.#bounds
    if (this.#crowded || this.#keys > keysMax * trimSlack || this.#services.size > servicesMax * trimSlack) this.#trim()
    else if (this.#evicted.size > evictedMax) this.#moveEvicted()
  }

  /**
   * Does the same for a state that lives long, and packs what it adds: decoded and merged, observations take twelve times the memory, those of a batch hold all of
   * it, and even where the parts of one begin takes as much as they do. After each piece, since what is decoded for longer than a moment becomes old to the garbage
   * collector, which then looks at all that lives.
   */
  *foldingPacked(batch: StateBatch): Generator<void> {
    for (const _ of this.folding(batch)) {
      this.#pack()
      yield
    }
    this.#pack()
  }

  #pack(): void {
    for (const kept of this.#loose) if (!(kept.value instanceof Uint8Array)) kept.value = packedAlone(kept.value)
    this.#loose = new Set()
  }

  /** The state as it is now, within the bounds: what is added later does not show in it. Times after `latestMs` cannot be true. */
  reading(latestMs: number = Infinity): StateReading {
    this.#trim()
    for (const service of this.#services.keys()) if (!this.#marks.has(service)) this.#marks.set(service, {})
    return readingOf({ services: this.#services, marks: this.#marks, visibility: this.#visibility, folded: this.#folded, counters: this.counters() }, latestMs)
  }

  /** The observations of each service within the bounds, by service name, each sorted by key. */
  services(): ReadonlyMap<string, readonly Observation[]> {
    return new Map(this.reading().hosts.map(({ name, observations }) => [name, observations()]))
  }

  visibilityOf(service: string): ReadonlyMap<ServiceCount, number> {
    return this.#visibility.get(service) ?? new Map()
  }

  /** Services with visibility counts, sorted: encrypted ones have no observations. */
  visibleServices(): readonly string[] {
    return [...this.#visibility.keys()].toSorted()
  }

  /** What was folded, by service name, '' for services that did not fit. */
  folded(): ReadonlyMap<string, Folded> {
    this.#trim()
    return new Map([...this.#folded].toSorted(byName))
  }

  /**
   * Counters by dotted name, the engine's and `limits.lawLost`: where literals gave way and keys did too, what stays depends on which was first.
   */
  counters(): ReadonlyMap<string, number> {
    this.#trim()
    if (!this.#hasEvicted || !this.#hasGivenUp) return this.#counters
    return new Map(this.#counters).set('limits.lawLost', Math.max(1, this.#counters.get('limits.lawLost') ?? 0))
  }

  /** The whole state as one batch: folded into an empty state it gives this one. */
  snapshot(): StateBatch {
    return {
      observations: [...this.services().values()].flat(),
      visibility: this.visibleServices().map((service) => ({ service, counts: this.visibilityOf(service) })),
      counters: new Map([...this.counters()].toSorted(byName)),
      folded: this.folded(),
    }
  }

  #add(observation: Observation): void {
    const { key } = observation
    const { path, evicted } = this.#literals.fold(key.service, key.path)
    const { keyKind, evicted: operations } = this.#literals.foldKind(key.service, path, key.kind)
    for (const { prefix, literal } of [...evicted, ...operations]) this.#evicted.add(`${key.service}${prefix}${literal}`)
    this.#trimmed = false
    const stays = path === key.path && keyKind === key.kind
    this.#put(stays ? observation : { ...unpacked(observation), key: { ...key, path, kind: keyKind } })
  }

  /** Folds the paths of keys whose literals gave way since: in one pass for many, as each may concern any key. Moving may evict further ones. */
  #moveEvicted(): void {
    while (this.#evicted.size > 0) {
      const evicted = new Set(this.#evicted)
      this.#hasEvicted = true
      this.#evicted.clear()
      for (const keys of this.#services.values()) {
        const stale = [...keys.values()].filter(({ key }) => isBelow(key, evicted))
        for (const kept of stale) {
          keys.delete(kept.text)
          this.#loose.delete(kept)
          this.#marks.delete(kept.key.service)
        }
        this.#keys -= stale.length
        for (const { value } of stale) this.#add(observationOf(value))
      }
    }
  }

  #put(observation: Observation): void {
    const { service } = observation.key
    this.#marks.delete(service)
    let keys = this.#services.get(service)
    if (!keys) this.#services.set(service, (keys = new Map()))
    const text = keyText(observation.key)
    const known = keys.get(text)
    const value = known ? mergeObservation(observationOf(known.value), observation) : observation
    // Never in place: a reading may hold what was there before.
    const kept: Kept = { key: known?.key ?? observation.key, text, firstSeenMs: value.firstSeenMs, lastSeenMs: value.lastSeenMs, value }
    keys.set(text, kept)
    this.#loose.add(kept)
    if (known) return void this.#loose.delete(known)
    this.#keys += 1
    this.#crowded ||= keys.size > this.#bounds.keysPerServiceMax * trimSlack
  }

  /** In the total order in which keys stay: one for all three bounds, or nesting them would depend on arrival. */
  #byPriority(all: Iterable<Kept>): readonly Kept[] {
    const ranked = Array.from(all, (kept) => {
      const { key } = kept
      return { kept, tier: tierOf(key.status), hash: keyedHash(this.#secret, `${key.service}\0${key.path}`) }
    })
    ranked.sort((a, b) => a.tier - b.tier || a.hash - b.hash || (a.kept.text < b.kept.text ? -1 : a.kept.text > b.kept.text ? 1 : 0))
    return ranked.map(({ kept }) => kept)
  }

  #see(service: string, counts: ReadonlyMap<ServiceCount, number>): void {
    this.#marks.delete(service)
    let known = this.#visibility.get(service)
    if (!known) this.#visibility.set(service, (known = new Map()))
    for (const [name, count] of counts) known.set(name, (known.get(name) ?? 0) + count)
    trimFacts(known)
    if (this.#visibility.size > this.#bounds.servicesMax * trimSlack) this.#trimNames(this.#visibility, () => undefined)
  }

  #trim(): void {
    if (this.#trimmed) return
    this.#trimmed = true
    this.#moveEvicted()
    this.#crowded = false
    for (const keys of this.#services.values()) this.#trimService(keys)
    this.#trimAll()
    for (const [service, keys] of this.#services) {
      if (keys.size > 0) continue
      this.#services.delete(service)
      this.#marks.delete(service)
    }
    this.#trimNames(this.#visibility, () => undefined)
    this.#trimNames(this.#folded, (folded) => addFolded(this.#foldedOf(''), folded))
  }

  /**
   * Keys stay in their order, up to so many, and up to the best key of the last service that stays. That key is there as long as what it keeps out is, so nothing
   * comes back that was given up before.
   */
  #trimAll(): void {
    const { keysMax, servicesMax } = this.#bounds
    if (this.#keys <= keysMax && this.#services.size < servicesMax) return
    const all: Kept[] = []
    for (const keys of this.#services.values()) for (const kept of keys.values()) all.push(kept)
    const services = new Set<string>()
    for (const [at, kept] of this.#byPriority(all).entries()) {
      if (at >= keysMax || services.size >= servicesMax) this.#giveUp(kept)
      else services.add(kept.key.service)
    }
  }

  #trimService(keys: ReadonlyMap<string, Kept>): void {
    if (keys.size <= this.#bounds.keysPerPathMax) return
    const { keysPerPathMax, keysPerServiceMax } = this.#bounds
    const byPath = Map.groupBy(keys.values(), ({ key }) => placeOf(key))
    if (keys.size <= keysPerServiceMax && [...byPath.values()].every(({ length }) => length <= keysPerPathMax)) return
    const ofPath = new Map<string, number>()
    let stay = 0
    for (const kept of this.#byPriority(keys.values())) {
      const place = placeOf(kept.key)
      const same = ofPath.get(place) ?? 0
      if (same >= keysPerPathMax || stay >= keysPerServiceMax) this.#giveUp(kept)
      else {
        ofPath.set(place, same + 1)
        stay += 1
      }
    }
  }

  #giveUp(kept: Kept): void {
    const { key, text, value } = kept
    const { service, source, method } = key
    this.#services.get(service)?.delete(text)
    this.#loose.delete(kept)
    this.#marks.delete(service)
    this.#keys -= 1
    this.#hasGivenUp = true
    const folded = this.#foldedOf(service)
    folded[method === '' ? 'unread' : 'exchanges'][source] += observationOf(value).count
  }

  #foldedOf(service: string): MutableFolded {
    this.#marks.delete(service)
    let folded = this.#folded.get(service)
    if (!folded) this.#folded.set(service, (folded = { exchanges: { packets: 0, logs: 0 }, unread: { packets: 0, logs: 0 } }))
    return folded
  }

  /** Keeps the names with the smallest hashes; '' always stays. */
  #trimNames<T>(values: Map<string, T>, giveUp: (value: T) => void): void {
    if (values.size <= this.#bounds.servicesMax) return
    const names = [...values.keys()].filter((name) => name !== '')
    const ranked = names.map((name) => ({ name, hash: keyedHash(this.#secret, name) })).toSorted((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : 1))
    for (const { name } of ranked.slice(this.#bounds.servicesMax)) {
      const value = values.get(name)
      values.delete(name)
      this.#marks.delete(name)
      if (value !== undefined) giveUp(value)
    }
  }
}

const pieceKeys = 32
/** Literals that wait: few enough to hold, many enough that a pass over all keys is rare. */
const evictedMax = 4096
/** Sorting at every insertion would cost more than the memory of a quarter more. What is given up is the same either way. */
const trimSlack = 1.25

/** The path of a key, with its operation where it names one. */
function placeOf({ path, kind }: ObservationKey): string {
  return operationOf(kind).operation === null ? path : `${path} ${kind}`
}

/** Whether the path of a key is one of the evicted literals or lies below one, or its operation is one. */
function isBelow({ service, path, kind }: ObservationKey, evicted: ReadonlySet<string>): boolean {
  for (let end = path.indexOf('/', 1); end >= 0; end = path.indexOf('/', end + 1)) if (evicted.has(service + path.slice(0, end))) return true
  return evicted.has(service + path) || evicted.has(`${service}${path} ${kind}`)
}

interface MutableFolded {
  readonly exchanges: Record<SourceKind, number>
  readonly unread: Record<SourceKind, number>
}

function addFolded(to: MutableFolded, from: Folded): void {
  for (const source of ['packets', 'logs'] as const) {
    to.exchanges[source] += from.exchanges[source]
    to.unread[source] += from.unread[source]
  }
}
