import type { IncomingMessage } from 'node:http'

import { ProblemError } from './problem.ts'

/** A body on its way to the engine: its bytes as they come, never looked at. */
export interface IngestBody {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Why it could not be read to its end, if so: what `chunks` threw. */
  problem(): ProblemError | null
}

/** The body of a request, at most `bytesMax` as they are on the wire. The socket is read no faster than the chunks are taken. */
export function ingestBody(request: IncomingMessage, bytesMax: number): IngestBody {
  let problem: ProblemError | null = null
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let bytes = 0
    try {
      // The socket outlives the body: the answer goes over it.
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > bytesMax) throw tooLarge(bytesMax)
        yield chunk
      }
    } catch (thrown) {
      problem = thrown instanceof ProblemError ? thrown : new ProblemError({ status: 400, detail: 'the body ended before its end' })
      throw problem
    }
  }
  return { chunks: chunks(), problem: () => problem }
}

export function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError({ status: 413, detail: `a body has at most ${bytesMax} bytes as it is sent: send less, or in several requests` })
}
