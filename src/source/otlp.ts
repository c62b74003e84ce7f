import { systemCode, TapistryError } from '../base/errors.ts'
import type { EngineSecrets, FeedCounts } from './feed.ts'
import { binding } from './load_binding.ts'

/** What an export request of OTLP is. */
export interface OtlpRequest {
  readonly signal: 'traces' | 'logs'
  readonly form: 'protobuf' | 'json'
  readonly encoding: 'identity' | 'gzip'
}

/** The body of an export request as it comes. The engine holds it until it is whole; here its bytes only pass through. */
export interface Otlp {
  /** Takes bytes. Rejects with `TapistryError` (INPUT) where the request cannot be read. */
  push(bytes: Uint8Array): Promise<void>
  /** Nothing follows. Rejects with `TapistryError` (INPUT) where the request cannot be read; then nothing of it may be kept. */
  end(): Promise<void>
  /** What was observed, packed. */
  drain(): readonly Uint8Array[]
  /** A line is a span or a log record. */
  counts(): FeedCounts
}

export function openOtlp({ signal, form, encoding }: OtlpRequest, { hashKey, literals, words }: EngineSecrets): Otlp {
  const { NativeOtlp } = binding()
  const otlp = new NativeOtlp({
    logs: signal === 'logs',
    json: form === 'json',
    gzip: encoding === 'gzip',
    host: 'unknown (otlp)',
    hashKey,
    literals: [...literals],
    words: [...words],
  })
  return {
    push: (bytes) => otlp.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).catch(unreadable),
    end: () => otlp.end().catch(unreadable),
    drain: () => otlp.drain(),
    counts: () => JSON.parse(otlp.counts()) as FeedCounts,
  }
}

function unreadable(thrown: unknown): never {
  if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('INPUT', thrown.message, { cause: thrown })
  throw thrown
}
