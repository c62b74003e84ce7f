import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import type { FastifyInstance } from 'fastify'

/**
 * Serves the requests of one connection one after another. HTTP/1.1 lets a client send many at once and read nothing: Node would call all handlers and keep
 * all answers in memory, so each waits until the one before it has left. Must be the first hook.
 */
export function takeTurns(app: FastifyInstance): Turns {
  const last = new WeakMap<Duplex, Promise<void>>()
  const current = new WeakMap<Duplex, ServerResponse>()
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw
    const before = last.get(socket)
    last.set(socket, new Promise((resolve) => reply.raw.once('close', resolve)))
    await before
    current.set(socket, reply.raw)
    // Nobody is there to read an answer.
    if (socket.destroyed) return reply.hijack()
  })
  return {
    isAnswering: (socket) => {
      const response = current.get(socket)
      return response !== undefined && response.headersSent && !response.writableFinished
    },
  }
}

export interface Turns {
  /** Whether an answer is on its way on a connection, so that nothing may be written between. */
  isAnswering(socket: Duplex): boolean
}
