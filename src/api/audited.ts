import type { FastifyReply, FastifyRequest } from 'fastify'

import type { AuditRow } from '../access/audit.ts'
import type { Principal } from '../access/principal.ts'
import { printable } from '../base/printable.ts'
import type { Route } from './route.ts'

/**
 * What is kept of a request that was answered: a row for each change, export and login of somebody who is known, also one that was refused; null for any other. What
 * outsiders try is counted in metrics: rows of it would drive out those that matter. Bodies and queries are in no row.
 */
export function auditRow(route: Route, request: FastifyRequest, reply: FastifyReply, principal: Principal, atMs: number): AuditRow | null {
  const isChange = route.method !== 'GET' && route.access !== 'ingest'
  const isMeant = request.method === 'GET' && route.isAudited?.(request) === true
  if (!isChange && !isMeant) return null
  const { kind, id, name } = principal
  const { statusCode: status } = reply
  const [path = ''] = request.url.split('?', 1)
  return {
    atMs,
    actor: { kind, id, name },
    action: route.operationId,
    target: printable(path.slice(0, pathCharactersMax)),
    outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
    status,
  }
}

const pathCharactersMax = 512
