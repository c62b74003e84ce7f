import { decodeBatch } from '../observation/codec.ts'
import type { EngineSecrets } from './feed.ts'
import { openEngine, type EngineOptions, type InputReport } from './native.ts'
import type { InputPosition, SourceSink } from './source.ts'

/** A file that was read to its present end. */
export interface ReadByContent {
  /** What became of it; null where it could not be looked at. */
  readonly input: InputReport | null
  /** Whether it was known as far as it could be read. */
  readonly isKnown: boolean
}

/**
 * Reads a file to its present end and adds what is new in it: files are known by content, so each counts once, whatever it is called, and one that has grown
 * only for what is new; `also` are beginnings that count too. `part` says what is kept under its name too. Null where it was stopped before the end; then nothing is added.
 */
export async function readByContent(
  file: string,
  engine: EngineSecrets,
  options: Pick<EngineOptions, 'filter' | 'host' | 'inputFormat' | 'tap'>,
  sink: SourceSink,
  signal: AbortSignal,
  part?: (input: InputReport | null) => string | null,
  also: readonly InputPosition[] = [],
): Promise<ReadByContent | null> {
  const known = [...sink.inputs(), ...also]
  const run = openEngine({
    inputs: [file],
    mode: 'observations',
    literals: engine.literals,
    words: engine.words,
    hashKey: engine.hashKey,
    resume: known,
    keys: engine.keys ?? [],
    ...(engine.descriptors === undefined ? {} : { descriptors: engine.descriptors }),
    ...options,
  })
  const stop = (): void => run.stop()
  signal.addEventListener('abort', stop, { once: true })
  const batches: Uint8Array[] = []
  const tail: Uint8Array[] = []
  try {
    for (let batch = await run.next(); batch !== null; batch = await run.next()) {
      const { tailOf } = decodeBatch(batch)
      if (tailOf === null || tailOf === undefined) batches.push(batch)
      else tail.push(batch)
    }
  } finally {
    run.stop()
    signal.removeEventListener('abort', stop)
  }
  if (signal.aborted) return null
  const input = run.report().inputs[0] ?? null
  const position = input?.position ?? null
  // An older copy of what was read further would bring the open ends of its own time again.
  const isKnown = known.some(({ digest, bytes }) => digest === position?.digest && bytes === position.bytes)
  const named = part?.(input) ?? null
  const positions = named === null ? {} : { positions: new Map([[file, named]]) }
  if (input === null || position === null) {
    if (named !== null) await sink.add({ batches: [], ...positions })
    return { input, isKnown }
  }
  if (isKnown) {
    // It lies there, and must not be forgotten.
    await sink.add({ batches: [], ...positions, inputs: { positions: [position], tails: [], dropTails: [] } })
    return { input, isKnown }
  }
  await sink.add({
    batches,
    ...positions,
    inputs: {
      positions: input.resumed === null ? [position] : [{ ...input.resumed, isSuperseded: true }, position],
      tails: [{ digest: position.digest, batches: tail }],
      dropTails: input.resumed === null ? [] : [input.resumed.digest],
    },
  })
  return { input, isKnown }
}
