import { resolve } from 'node:path'

import type { Config } from '../config/options.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { stateBoundsDefault, InventoryState } from '../inventory/state.ts'
import { familiarWords } from '../inventory/template/lexicon.ts'
import { decodeBatch } from '../observation/codec.ts'
import type { Report } from '../output/report.ts'
import { printable } from '../output/text.ts'
import type { Registry } from '../registry/registry.ts'
import type { EngineReport } from '../source/native.ts'
import type { InputPosition } from '../source/source.ts'
import { beginsAs } from '../source/tail/copied.ts'
import type { Tail } from '../storage/repository.ts'
import type { CommandContext } from './command.ts'
import { copiedInputs, originalsOf } from './copied_inputs.ts'
import { engineOptions } from './engine_options.ts'
import { failedGates } from './gate.ts'
import { inputNotes, noteInputs } from './input_notes.ts'
import { keptState, type KeptState } from './kept_state.ts'
import { startProgress } from './progress.ts'
import { knownWith, publishedReadOut, readRegistry } from './read_out.ts'
import { startEngine } from './running.ts'
import { scanConfig, type ScanOptions } from './scan_options.ts'
import { writeReport } from './write_report.ts'

/** Reads the inputs to their end, keeps the state where asked, prints the report and judges the gates. */
export async function scan(inputs: readonly string[], options: ScanOptions, context: CommandContext): Promise<void> {
  const config = await scanConfig(options, context)
  const asked = engineOptions(inputs, withConfig(options, config))
  const specs = await readRegistry(options.spec ?? [], config, context, options.quiet)
  const dataDir = options.dataDir ?? config?.dataDir
  const kept = dataDir === undefined ? null : await keptState(resolve(context.streams.cwd, dataDir), 'tapistry scan', context, options.quiet)
  try {
    const decisions = kept?.decisions ?? []
    const known = await knownWith(specs, config, decisions)
    const { cwd, note } = context.streams
    const counted = kept === null || options.again ? [] : kept.positions
    const { beginnings, twice } = await copiedInputs(asked.inputs, counted, cwd)
    const { state, tails, report } = await readInputs(asked, known.registry, kept, [...counted, ...beginnings], options, context)
    noteInputs(report, context, options)
    if (!options.quiet) for (const [file, missing] of twice) note(`tapistry: ${printable(file)}: ${printable(beginsAs(missing))}`)
    const originals = kept === null ? new Map<string, string>() : await originalsOf(report.inputs, kept.positions, cwd)
    const shown = (whole: InventoryState): InventoryDocument => publishedReadOut(whole, known, decisions)
    const whole = kept === null ? state : kept.add({ base: state, tails: tailsOf(tails, report), report, originals, again: options.again }, shown)
    const inventory = shown(whole)
    await writeReport(reportOf(inventory, whole, report, known.registry), options.format, options.output ?? null, context)
    judge(inventory, options, context)
  } finally {
    kept?.close()
  }
}

async function readInputs(
  asked: ReturnType<typeof engineOptions>,
  registry: Registry,
  kept: KeptState | null,
  resume: readonly InputPosition[],
  options: ScanOptions,
  { streams }: CommandContext,
): Promise<{ state: InventoryState; tails: ReadonlyMap<number, InventoryState>; report: EngineReport }> {
  const engine = await startEngine(
    {
      ...asked,
      mode: 'observations',
      literals: [...registry.literals()],
      words: familiarWords(),
      ...(kept === null ? {} : { hashKey: kept.hashKey }),
      resume,
    },
    (line) => options.quiet || streams.note(line),
  )
  const newState = (): InventoryState =>
    new InventoryState(stateBoundsDefault, kept === null ? '' : Buffer.from(kept.hashKey).toString('hex'), new Set(registry.literals()))
  const state = newState()
  const tails = new Map<number, InventoryState>()
  // What was open at an input's end is kept apart only where the input may be read again, grown.
  const stateFor = (tailOf: number | null | undefined): InventoryState => {
    if (kept === null || options.again || tailOf === null || tailOf === undefined) return state
    const tail = tails.get(tailOf) ?? newState()
    tails.set(tailOf, tail)
    return tail
  }
  const progress = startProgress('reading', streams, options.quiet)
  try {
    for (let batch = await engine.next(); batch !== null; batch = await engine.next()) {
      const decoded = decodeBatch(batch)
      stateFor(decoded.tailOf).fold(decoded)
      progress.update(() => engine.progress())
    }
    return { state, tails, report: engine.report() }
  } finally {
    progress.clear()
    engine.stop()
  }
}

/** What the configuration says where the command line does not. */
function withConfig(options: ScanOptions, config: Config | null): ScanOptions {
  const descriptors = options.descriptors ?? config?.descriptors ?? []
  return descriptors.length === 0 ? options : { ...options, descriptors }
}

function reportOf(inventory: InventoryDocument, state: InventoryState, report: EngineReport, registry: Registry): Report {
  return {
    inventory,
    inputs: inputNotes(report),
    specs: registry.specs.map(({ id, title, version }) => ({ id, title, version })),
    encryptedNames: state.visibleServices().filter((name) => (state.visibilityOf(name).get('tlsFlows') ?? 0) > 0),
  }
}

function judge(inventory: InventoryDocument, options: ScanOptions, { streams, exit }: CommandContext): void {
  const reasons = failedGates(inventory, options.failOn ?? [])
  if (reasons.length === 0) return
  streams.note(`tapistry: gate failed: ${reasons.join(', ')}`)
  exit(1)
}

/** Tails by the hash of what was read of their input. */
function tailsOf(tails: ReadonlyMap<number, InventoryState>, { inputs }: EngineReport): Tail[] {
  return [...tails].flatMap(([input, tail]) => {
    const digest = inputs[input]?.position?.digest
    return digest === undefined ? [] : [{ digest, batch: tail.snapshot() }]
  })
}
