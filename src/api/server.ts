import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { fastify, type FastifyHttpsOptions, type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify'

import type { Principal } from '../access/principal.ts'
import { systemReason } from '../base/errors.ts'
import { defectFields } from '../telemetry/defect.ts'
import type { Log } from '../telemetry/log.ts'
import type { Access } from './access.ts'
import { auditRow } from './audited.ts'
import { admit, whoAsks } from './authenticate.ts'
import { countRequest } from './count_request.ts'
import { refuseForeignPages } from './guard.ts'
import { boundCrowd, isEndless } from './crowd.ts'
import { eventFeed } from './event_feed.ts'
import { securityHeaders } from './headers.ts'
import { narrowedView } from './narrowed.ts'
import { hasUnread, lingering, type LingerLimits } from './linger.ts'
import { ProblemError, problemText, problemType, type Problem } from './problem.ts'
import { rawRefusal } from './raw_refusal.ts'
import { problemFor } from './refusals.ts'
import { requestCounts } from './request_counts.ts'
import type { Route } from './route.ts'
import { routesOf } from './routes.ts'
import { closed } from './schemas.ts'
import type { TlsIdentity } from './tls.ts'
import { takeTurns } from './turns.ts'
import { unknownPath } from './unknown_path.ts'
import type { InventoryView } from './view.ts'

export interface ServerOptions {
  readonly log: Log
  readonly access: Access
  /** HTTPS in place of HTTP. */
  readonly tls?: TlsIdentity
  /** What is not `serverLimits`; for tests. */
  readonly limits?: Partial<ServerLimits>
}

export interface ServerLimits extends LingerLimits {
  /** Of a body of exchanges, as it is on the wire. */
  readonly ingestBytesMax: number
  /** Request line and fields together. */
  readonly headBytesMax: number
  /** Of all kinds, most of them streams of events that wait. */
  readonly connectionsMax: number
  /** Requests that are served at a time, streams of events aside. */
  readonly requestsAtOnceMax: number
  readonly eventStreamsMax: number
  /** How often a stream of events shows that it lives. */
  readonly heartbeatMs: number
  /** Of one connection, whose client then opens a new one: also bounds how many it can send ahead. */
  readonly requestsMax: number
  /** Time for a head to arrive. */
  readonly headTimeoutMs: number
  /** Time for a whole request to arrive. */
  readonly requestTimeoutMs: number
  /** How long nothing may move on a connection that has a request. */
  readonly idleTimeoutMs: number
  /** How long a connection without a request stays open. */
  readonly keepAliveTimeoutMs: number
  /** How often the first two are looked at. */
  readonly checkIntervalMs: number
  /** What answers have to leave when the server closes. */
  readonly closeTimeoutMs: number
}

const serverLimits: ServerLimits = {
  ingestBytesMax: 64 * 2 ** 20,
  headBytesMax: 16 * 2 ** 10,
  connectionsMax: 1152,
  requestsAtOnceMax: 128,
  eventStreamsMax: 1000,
  heartbeatMs: 30_000,
  requestsMax: 1000,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 30_000,
  checkIntervalMs: 5_000,
  closeTimeoutMs: 5_000,
  lingerBytesMax: 256 * 2 ** 20,
  lingerMs: 30_000,
  lingerIdleMs: 5_000,
}

/**
 * The HTTP server over what the daemon knows; it listens where `assertListenable` allows. Every answer but the data itself is a problem of RFC 9457. Nothing
 * that a client does costs more memory than its connection, one page and one piece of a body.
 */
export function buildServer(view: InventoryView, { log, access, tls, limits: given }: ServerOptions): FastifyInstance {
  const limits = { ...serverLimits, ...given }
  const counts = requestCounts()
  const feed = eventFeed(view, limits.heartbeatMs)
  const routes = routesOf(() => view.inventory().tapistryVersion, {
    ingestBytesMax: limits.ingestBytesMax,
    answered: () => ({
      requests: counts.all(),
      durations: counts.durations(),
      discardedBytes: counts.discardedBytes(),
      rateBucketsDropped: access.rateBucketsDropped(),
    }),
    feed,
    audit: access.audit,
    login: access.login,
    onFailure: (problem) => log.warn('nobody can log in now', { reason: problem.message }),
  })

  const http = {
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.headTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    // A request without a Host is refused by the guard, as one with a foreign Host is.
    requireHostHeader: false,
  }
  const options = {
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxRequestsPerSocket: limits.requestsMax,
    routerOptions: { maxParamLength: pathPartCharactersMax },
    exposeHeadRoutes: false,
    // Requests that arrive while the server closes are served as any.
    return503OnClosing: false,
    logger: false,
    genReqId: requestIdOf,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    clientErrorHandler: (error, socket) => rawRefusal(error, socket, turns.isAnswering(socket)),
  } satisfies FastifyServerOptions
  const app = tls === undefined ? fastify({ ...options, http }) : overTls({ ...options, https: { ...http, ...tls, handshakeTimeout: limits.headTimeoutMs } })
  app.server.maxConnections = limits.connectionsMax
  // Fastify serves a request that expects 100 as any other; the route says Continue when it wants the body.
  app.server.on('checkContinue', (request, response) => app.routing(request, response))

  const turns = takeTurns(app)
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id })
    refuseForeignPages(request.headers, access.isHost)
    done()
  })
  const principals = new WeakMap<FastifyRequest, Principal>()
  app.addHook('onRequest', async (request, reply) => {
    const shown = await whoAsks(request.raw, access)
    countRequest(access.rate('principal' in shown ? shown.principal : null, request.ip), reply)
    if ('principal' in shown) principals.set(request, shown.principal)
    const route = routeOf(request)
    if (route !== null) admit(shown, route)
    // Not by a handler: before it is called Fastify refuses some methods by rules of its own.
    else if (request.is404) throw new ProblemError(unknownPath(routes, request.url))
  })
  boundCrowd(app, limits)
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request
    const route = routeOptions.url ?? 'none'
    counts.add(method, route, reply.statusCode)
    if (!isEndless(request)) counts.took(route, reply.elapsedTime / 1000)
    log.debug('a request was answered', { requestId: request.id, method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const [route, principal] = [routeOf(request), principals.get(request)]
    const row = route === null || principal === undefined ? null : auditRow(route, request, reply, principal, Date.now())
    try {
      if (row !== null) access.audit.addAudit(row)
    } catch (thrown) {
      log.error('what was done could not be kept in the audit', { requestId: request.id, route: route?.path ?? 'none', reason: systemReason(thrown) })
    }
    done()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!hasUnread(request.raw) || !(typeof payload === 'string' || payload instanceof Uint8Array)) return done()
    const answer = Buffer.from(payload)
    reply.header('content-length', answer.length)
    done(null, lingering(answer, request.raw, limits, counts.discarded))
  })
  app.addHook('preClose', (done) => {
    feed.close()
    setTimeout(() => app.server.closeAllConnections(), limits.closeTimeoutMs).unref()
    done()
  })

  const answerError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = problemFor(thrown)
    if (problem === null) {
      const { id, method, routeOptions } = request
      log.error('a request failed by a defect of ours', { requestId: id, method, route: routeOptions.url ?? 'none', ...defectFields(thrown) })
    }
    answerProblem(problem ?? defect, request, reply)
  }
  app.setErrorHandler(answerError)

  // Bodies are nobody's here: the one route that takes one hands its bytes on.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  const ajv = new Ajv2020({ coerceTypes: true, allErrors: true, strict: false, verbose: true })
  app.setValidatorCompiler(({ schema }) => ajv.compile(schema as object))
  for (const route of routes) {
    const { method, path, query = closed({}), params = closed({}), isEndless: goesOn = false } = route
    app.route({
      method: method === 'GET' ? ['GET', 'HEAD'] : method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: { querystring: query, params },
      config: { route, isEndless: goesOn },
      handler: (request, reply) => {
        const principal = principals.get(request) ?? null
        return route.handle(request, reply, {
          principal,
          identify: (found) => void principals.set(request, found),
          stays: async () => admit(await whoAsks(request.raw, access), route),
          view: principal?.services ? narrowedView(view, principal.services) : view,
        })
      },
    })
  }
  return app
}

function routeOf({ routeOptions }: FastifyRequest): Route | null {
  return (routeOptions.config as { readonly route?: Route }).route ?? null
}

/** What is served is the same, and so is its type for all of us. */
function overTls(options: FastifyHttpsOptions<Server>): FastifyInstance {
  return fastify(options)
}

/** Ids have 19 characters, names of services at most 255. */
const pathPartCharactersMax = 256

const defect: Problem = { status: 500, detail: 'this is a defect of ours: the log names the place under the x-request-id of this answer' }

function answerProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  // As bytes: to a text Fastify adds a charset, which JSON does not have (RFC 8259 §11).
  const body = Buffer.from(problemText(problem, request.url))
  reply.code(problem.status).headers({ ...securityHeaders, 'x-request-id': request.id, ...problem.headers })
  void reply.type(problemType).send(body)
}

/** The client's own where it is one that a log can hold, else a new one. */
function requestIdOf({ headers }: { readonly headers: IncomingMessage['headers'] }): string {
  const id = headers['x-request-id']
  return typeof id === 'string' && /^[\w.-]{1,64}$/.test(id) ? id : randomUUID()
}
