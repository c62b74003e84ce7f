import type { FastifyRequest } from 'fastify'

/** Who asks, as history names them. Only this machine is answered, and nobody on it has a name yet. */
export function requesterOf(_request: FastifyRequest): string {
  return 'local'
}
