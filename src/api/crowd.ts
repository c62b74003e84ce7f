import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { ProblemError } from './problem.ts'

/**
 * Bounds how many requests are served at a time: each may hold a page in memory, while a stream of events that waits holds next to nothing, so these are many
 * and counted apart. Beyond the most 503 is answered.
 */
export function boundCrowd(
  app: FastifyInstance,
  { requestsAtOnceMax, eventStreamsMax }: { readonly requestsAtOnceMax: number; readonly eventStreamsMax: number },
): void {
  const endless = counted(eventStreamsMax)
  const others = counted(requestsAtOnceMax)
  app.addHook('onRequest', (request, reply, done) => {
    ;(isEndless(request) ? endless : others)(reply)
    done()
  })
}

/** Whether the answer goes on until the client leaves. */
export function isEndless(request: FastifyRequest): boolean {
  return (request.routeOptions.config as { readonly isEndless?: boolean }).isEndless === true
}

function counted(most: number): (reply: FastifyReply) => void {
  let count = 0
  return ({ raw }) => {
    if (count >= most) throw new ProblemError({ status: 503, detail: `${count} are served already: come again later`, headers: { 'retry-after': '1' } })
    count += 1
    raw.once('close', () => (count -= 1))
  }
}
