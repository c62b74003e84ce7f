import { addCounts } from '../observation/counts.ts'
import { capturedIn, capturedShare, roundedShare } from '../observation/coverage.ts'
import { decodeBatch } from '../observation/codec.ts'
import type { SourceSink } from './source.ts'

/** How well a source of packets captures. */
export interface Sensor {
  /** Passes everything on. */
  readonly sink: SourceSink
  /** The share of what must have been that it captured since it was started, of connections that are over; null where it read no packet. */
  coverage(): number | null
}

export function sensorOf(sink: SourceSink): Sensor {
  const counters = new Map<string, number>()
  return {
    sink: {
      ...sink,
      add(read) {
        for (const batch of read.batches) addCounts(counters, decodeBatch(batch).counters)
        return sink.add(read)
      },
    },
    coverage() {
      const captured = capturedIn(counters)
      return captured.packets + captured.droppedPackets === 0 ? null : roundedShare(capturedShare(captured))
    },
  }
}
