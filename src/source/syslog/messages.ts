import { systemCode, TapistryError } from '../../base/errors.ts'
import type { EngineSecrets, FeedCounts } from '../feed.ts'
import { binding } from '../load_binding.ts'
import type { TextFormat } from '../text_formats.ts'

/** Syslog messages as they come off sockets. The engine tells and reads them; here their bytes only pass through. */
export interface SyslogMessages {
  /** Takes pieces, each of the stream at its place: 0 for a datagram; a piece without bytes ends its stream. Resolves when they are read. */
  receive(pieces: readonly Uint8Array[], streams: readonly number[]): Promise<void>
  /** What was observed since the last call, packed. */
  drain(): readonly Uint8Array[]
  /** Over its life; a line is a message. */
  counts(): FeedCounts
}

export interface MessageOptions {
  /** Told by each message where absent. */
  readonly format?: TextFormat
  /** The service of lines that name no host. */
  readonly host: string
}

/** Throws `TapistryError` (CONFIG) where the format is a template that cannot be used. */
export function openMessages({ format, host }: MessageOptions, engine: EngineSecrets): SyslogMessages {
  const { hashKey, words } = engine
  let { literals } = engine
  const { NativeSyslog } = binding()
  const options = { host, hashKey, literals: [...literals], words: [...words], ...(format === undefined ? {} : { inputFormat: format }) }
  let syslog: InstanceType<typeof NativeSyslog>
  try {
    syslog = new NativeSyslog(options)
  } catch (thrown) {
    if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('CONFIG', thrown.message, { cause: thrown })
    throw thrown
  }
  return {
    receive(pieces, streams) {
      if (engine.literals !== literals) syslog.setLiterals([...({ literals } = engine).literals])
      return syslog.receive(
        pieces.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
        [...streams],
      )
    },
    drain: () => syslog.drain(),
    counts: () => JSON.parse(syslog.counts()) as FeedCounts,
  }
}
