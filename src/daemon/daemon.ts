import { resolve } from 'node:path'

import { setTimeout as sleepFor } from 'node:timers/promises'

import { alertDesk, type AlertDesk } from '../alert/alert_desk.ts'
import { openAlerting } from '../alert/alerting.ts'
import type { Channel } from '../alert/channel.ts'
import type { SayOfChannel } from '../alert/delivery.ts'
import type { ServiceTags } from '../alert/subject.ts'
import { rfc3339 } from '../base/clock.ts'
import { TapistryError } from '../base/errors.ts'
import { sleep } from '../base/sleep.ts'
import type { Config } from '../config/options.ts'
import { retentionOf } from '../config/retention.ts'
import { changesBetween, type Change } from '../finding/changes.ts'
import type { Decision, DecisionChange } from '../finding/decision.ts'
import { registeredSpecs, withDecisions, type RegisteredSpec } from '../finding/documents.ts'
import type { Known } from '../finding/reader.ts'
import { toldText, type Told } from '../finding/told.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { InventoryState, stateBoundsDefault } from '../inventory/state.ts'
import { wordsNamed } from '../inventory/template/corrections.ts'
import { familiarWords } from '../inventory/template/lexicon.ts'
import type { Descriptors } from '../source/descriptors.ts'
import type { EngineSecrets } from '../source/feed.ts'
import type { HttpSource } from '../source/http.ts'
import { parkedIn, parkedPart, type ParkedRecord } from '../source/kafka/parked.ts'
import type { LyingInput, Source, SourceStatus } from '../source/source.ts'
import { openStore } from '../storage/open_store.ts'
import { packedJson, packedText, unpackedJson } from '../storage/packed_json.ts'
import type { Pruned } from '../storage/prune.ts'
import type { KeptEvent, Repository } from '../storage/repository.ts'
import { makeSources } from './make_sources.ts'
import { pastInventories, type PastInventories } from '../storage/past_inventories.ts'
import { inputBoundsDefault } from './overdue.ts'
import { startPipeline, type PipelineOptions } from './pipeline.ts'
import { startPublisher, type PublisherOptions } from './publisher.ts'
import { startRetention, type Retention } from './retention.ts'
import { supervise, type SourceEvent, type Supervised, type SuperviseOptions } from './supervise.ts'
import { downBefore, watchSources } from './watch_sources.ts'

/** What runs behind the API: sources that read, a store that keeps, an inventory that is published. */
export interface Daemon {
  inventory(): InventoryDocument
  sources(): readonly SourceStatus[]
  /** Records that a source has passed over, the latest thousand; null where there is no such source. */
  parked(source: string): readonly ParkedRecord[] | null
  /** Why it is not ready, a sentence each; empty when it is. */
  unready(): readonly string[]
  counters(): ReadonlyMap<string, number>
  readonly http: HttpSource | null
  readonly past: PastInventories
  /** What happened to an endpoint, service or finding, oldest first: at most `limit` events behind `afterId`. */
  history(subject: string, afterId: number, limit: number): readonly KeptEvent[]
  /** The same of all subjects. */
  events(afterId: number, limit: number): readonly KeptEvent[]
  /** The id of the newest event that ever was; 0 where none was. */
  lastEventId(): number
  /** Calls `listener` when there are new events; returns what ends that. */
  onEvents(listener: () => void): () => void
  readonly decisions: Decisions
  /** The registered documents, of the configuration and of the store. */
  specs(): readonly RegisteredSpec[]
  readonly alerts: AlertDesk
  /** Sources begin to read, and alerts go out; before, everything is open and nothing moves. */
  start(): void
  /** Registered specs and what is said of services, anew: what is read from then on is read with their literals. */
  setKnown(known: Known, tags: ServiceTags): void
  /** Other channels of alerts from now on; what waits, and what was told, stays. Throws `TapistryError` where that cannot be read. */
  setChannels(channels: readonly Channel[]): void
  /** Sources stop, what they read is kept, the store is closed. Rejects with `TapistryError` (STORAGE) where it cannot be kept. */
  stop(): Promise<void>
}

/** What people decide. */
interface Decisions {
  all(): readonly Decision[]
  count(): number
  /** Keeps and shows it. Throws `TapistryError` where it cannot be kept: then nothing was decided. */
  keep(change: DecisionChange): void
}

export interface DaemonOptions {
  readonly config: Config
  /** Relative paths of the configuration start here. */
  readonly cwd: string
  readonly dataDir: string
  readonly known: Known
  readonly tags: ServiceTags
  readonly channels: readonly Channel[]
  /** What is known of the messages of gRPC; null for nothing. */
  readonly descriptors: Descriptors | null
  readonly now: () => number
  readonly say: (source: string, event: SourceEvent, problem: string | null) => void
  readonly sayOfChannel: SayOfChannel
  /** Told what happened to the store when it was opened, and what is left for the next start. */
  readonly note: (line: string) => void
  /** Told when keeping begins to fail, and with null when it works again. */
  readonly onStorageProblem: (problem: string | null) => void
  /** Of `PipelineOptions`. */
  readonly onSettlerProblem: PipelineOptions['onSettlerProblem']
  /** Of `PublisherOptions`. */
  readonly prepare: PublisherOptions['prepare']
  /** Told what has gone because it was too old or too much, and why nothing can. */
  readonly onPruned: (pruned: Pruned) => void
  readonly onPruneProblem: (problem: string) => void
  /** Told how many capture files are forgotten, and of how many the open ends are settled, since there are too many. */
  readonly onOverdue: (forgotten: number, settled: number) => void
}

/** How long what was read waits until it is kept. */
const flushMs = 1_000
/** How often the inventory is published while it changes. */
const publishMs = 2_000
/** How often it is looked whether a finding has stayed so long that it is told again. */
const repeatLookMs = 60_000
/** How long one more publication may take while everybody waits for the end. */
const lastMs = 2_000
/** How long sources have to stop. */
const stopMs = 20_000

/** Opens everything. Throws `TapistryError` where the store cannot be opened or a source makes no sense; what was opened is closed then. */
export function openDaemon(options: DaemonOptions): Daemon {
  const {
    config,
    cwd,
    dataDir,
    known,
    tags,
    channels,
    descriptors,
    now,
    say,
    sayOfChannel,
    note,
    onStorageProblem,
    onSettlerProblem,
    onPruned,
    onPruneProblem,
    onOverdue,
    prepare,
  } = options
  let configured = known
  const store = openStore(dataDir, { writer: 'tapistry run', note })
  let literals = closingOnFailure(store, () => literalsOf(withDecisions(known, store.repository.decisions())))
  const engine: EngineSecrets = {
    hashKey: store.hashKey,
    words: familiarWords(),
    keys: (config.keys ?? []).map((file) => resolve(cwd, file)),
    ...(descriptors === null ? {} : { descriptors }),
    get literals() {
      return literals
    },
  }
  const { all, http } = closingOnFailure(store, () => makeSources(config.sources, { cwd, engine, now, flushMs }))
  const alerting = closingOnFailure(store, () => openAlerting(channels, tags, { outbox: store.repository.outbox, now, random: Math.random, say: sayOfChannel }))
  const pipeline = closingOnFailure(store, () =>
    startPipeline({
      repository: store.repository,
      emptyState: () => new InventoryState(stateBoundsDefault, store.secret, new Set(literals)),
      now,
      flushMs,
      dayEnds: () => packedJson(publisher.publish()),
      captures: { bounds: inputBoundsDefault, lying: () => lyingInputs(all) },
      onOverdue,
      onProblem: onStorageProblem,
      onSettlerProblem,
      onNotices: alerting.wake,
    }),
  )
  /** What has changed, and what is to be told on channels: also where nothing has, of what stays for long. */
  const noteChanges = (changes: readonly Change[], inventory: InventoryDocument, told: Uint8Array | null): void => {
    const notices = alerting.noticesOf(inventory, changes)
    if (changes.length + notices.length === 0) return
    const atMs = now()
    pipeline.note(
      changes.map(({ kind, subject, what, details }) => ({ atMs, kind, subject, what, details })),
      changes.length === 0 ? null : (told ?? packedText(toldText(inventory))),
      notices,
    )
  }
  const publisher = startPublisher(pipeline, { known, publishMs, now, prepare, onChange: noteChanges })
  closingOnFailure(store, () => noteChanges(untold(publisher.inventory(), store.repository), publisher.inventory(), null))
  const past = pastInventories(store.repository, now)
  const repeats = setInterval(() => noteChanges([], publisher.inventory(), null), repeatLookMs)
  const stopping = new AbortController()
  const superviseOptions = (id: string): SuperviseOptions => ({
    now,
    sleep,
    say: (event, problem) => say(id, event, problem),
  })
  let supervised: readonly Supervised[] = []
  let retention: Retention | null = null
  let sourceTimer: NodeJS.Timeout | undefined
  const sourceChanges = closingOnFailure(store, () =>
    watchSources(
      downBefore(
        all.map(({ id }) => id),
        store.repository,
      ),
    ),
  )
  /** What is read from now on is read with the words of what is registered and decided now. */
  function relearn(): void {
    const next = literalsOf(withDecisions(configured, pipeline.decisions()))
    const known = new Set(literals)
    if (next.length === known.size && next.every((word) => known.has(word))) return
    literals = next
    pipeline.know(new Set(literals))
    for (const source of all) source.literalsChanged?.()
  }

  return {
    inventory: () => publisher.inventory(),
    sources: () =>
      supervised.map(({ source, status }) => {
        const keptAt = pipeline.keptAt(source.id)
        const problem = pipeline.isHeldUp(source.id) ? pipeline.problem() : null
        const held = problem === null ? {} : ({ state: 'waiting', problem: `what was read before cannot be kept: ${problem}` } as const)
        return { ...status(), ...held, keptAt: keptAt === null ? null : rfc3339(keptAt) }
      }),
    parked(id) {
      const found = all.find((source) => source.id === id)
      if (found === undefined) return null
      return found.kind === 'kafka' ? parkedIn(pipeline.sinkOf(id).positions().get(parkedPart)) : []
    },
    unready() {
      const problem = pipeline.problem()
      const down = supervised.map(({ status }) => status()).filter(({ state }) => state === 'down')
      return [
        ...(stopping.signal.aborted ? ['the daemon is stopping'] : []),
        ...(problem === null ? [] : [`nothing can be kept: ${problem}`]),
        ...(down.length > 0 && down.length === supervised.length
          ? [`no source can be read: ${down.map(({ id, problem: why }) => `${id}: ${why}`).join('; ')}`]
          : []),
      ]
    },
    counters() {
      const named = Object.entries({ ...pipeline.counters(), ...publisher.counters() }).map(([name, count]) => [`state.${name}`, count] as const)
      const kept = [...Object.entries(retention?.counters() ?? {}), ['storage.bytes', store.repository.bytes()] as const]
      return new Map([...pipeline.engineCounters(), ...named, ...kept])
    },
    http,
    past,
    history: (subject, afterId, limit) => store.repository.eventsOf(subject, afterId, limit),
    alerts: alertDesk(alerting, store.repository.outbox, now),
    events: (afterId, limit) => store.repository.eventsSince(afterId, limit),
    lastEventId: () => store.repository.lastEventId(),
    onEvents: (listener) => pipeline.onEvents(listener),
    decisions: {
      all: () => pipeline.decisions(),
      count: () => pipeline.decisions().length,
      keep(change) {
        pipeline.decide(change)
        if (change.put.some(({ body }) => body.kind === 'spec' || body.kind === 'correction') || change.drop.length > 0) relearn()
        publisher.publishDecisions()
      },
    },
    start() {
      retention = startRetention({
        pipeline,
        ...retentionOf(config),
        bytes: () => store.repository.bytes(),
        now,
        uptimeMs: () => performance.now(),
        onPruned,
        onProblem: onPruneProblem,
      })
      alerting.start()
      supervised = all.map((source) => supervise(source, pipeline.sinkOf(source.id), stopping.signal, superviseOptions(source.id)))
      sourceTimer = setInterval(
        () =>
          pipeline.note(
            sourceChanges(
              supervised.map(({ status }) => status()),
              now(),
            ),
            null,
            [],
          ),
        publishMs,
      )
    },
    specs: () => registeredSpecs(configured, pipeline.decisions()),
    setKnown(next, nextTags) {
      configured = next
      relearn()
      alerting.setTags(nextTags)
      publisher.setKnown(next)
    },
    setChannels: (next) => alerting.setChannels(next),
    async stop() {
      stopping.abort()
      clearInterval(repeats)
      const silent = alerting.stop()
      clearInterval(sourceTimer)
      pipeline.drain()
      const ended = Promise.all(supervised.map(({ ended: one }) => one)).then(() => false)
      const late = await Promise.race([ended, sleepFor(stopMs, true, { ref: false })])
      try {
        await retention?.close()
        // What changed last is told too; where nothing can be kept, `close` says so.
        await pipeline.flush().catch(() => undefined)
        if (!publisher.publishLast(lastMs)) note('what changed last takes too long to be read out: it is kept, and told at the next start')
        await pipeline.close()
      } finally {
        publisher.close()
        await silent
        store.close()
      }
      if (late) throw new TapistryError('RUNTIME', `sources did not stop within ${stopMs / 1000} s; what they had read until then is kept`)
    },
  }
}

/** Words that always show in paths: of specs, and of what people decided. */
function literalsOf({ registry, corrections = [] }: Known): string[] {
  return [...new Set([...registry.literals(), ...wordsNamed(corrections)])]
}

/** Capture files that lie where sources watch; null while one of them does not know. */
function lyingInputs(sources: readonly Source[]): readonly LyingInput[] | null {
  const lying: LyingInput[] = []
  for (const source of sources) {
    const own = source.lyingInputs?.()
    if (own === null) return null
    for (const input of own ?? []) lying.push(input)
  }
  return lying
}

function closingOnFailure<T>(store: { close(): void }, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    store.close()
    throw thrown
  }
}

/**
 * What was kept and never told: what a scan brought, what was removed while no daemon ran, and what came between the last publication and a kill. A folder of
 * an earlier version does not say what was told: there, who has no event appears now.
 */
function untold(inventory: InventoryDocument, repository: Repository): readonly Change[] {
  const told = repository.told()
  if (told !== null) return changesBetween(unpackedJson(told) as Told, inventory)
  return changesBetween({ services: [], findings: [] }, inventory).filter(({ subject }) => repository.eventsOf(subject, 0, 1).length === 0)
}
