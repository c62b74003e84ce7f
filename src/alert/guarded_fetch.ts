import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'

import { TapistryError } from '../base/errors.ts'
import type { AddressGuard } from './addresses.ts'
import type { Fetch, HttpAnswer } from './channel.ts'
import { connectionReason } from './connection_reason.ts'
import { denied, guardedLookup } from './guarded_lookup.ts'

export interface GuardOptions {
  readonly mayReach: AddressGuard
  /** `http://proxy:3128`, which then looks up names; null for none. */
  readonly proxy: string | null
  readonly timeoutMs: number
  /** What is read of an answer at most. */
  readonly answerBytesMax: number
}

/**
 * The one way out for alerts over HTTP. An address is checked when its name was looked up and that very address is connected to; redirects are not followed;
 * an answer has one deadline from the first byte sent to the last one read, and what is too long is cut. No error has the URL in it, which may be a secret.
 */
export function guardedFetch(options: GuardOptions): Fetch {
  const { mayReach, proxy, timeoutMs } = options
  const agentOptions = { keepAlive: false, ...(proxy === null ? {} : { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }) }
  const agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) }
  return async ({ method, url, headers, body }, signal) => {
    const target = targetOf(url)
    const host = target.hostname.replace(/^\[|\]$/g, '')
    // A connection to an address written out looks nothing up.
    if (isIP(host) !== 0 && !mayReach(host)) throw denied(host)
    const deadline = AbortSignal.timeout(timeoutMs)
    const bytes = Buffer.from(body)
    const isPlain = target.protocol === 'http:'
    try {
      return await new Promise<HttpAnswer>((resolve, reject) => {
        const sent = (isPlain ? httpRequest : httpsRequest)(
          target,
          {
            method,
            agent: agents[isPlain ? 'http:' : 'https:'],
            headers: { 'user-agent': 'tapistry', 'accept': 'application/json, text/plain', ...headers, 'content-length': bytes.length },
            signal: AbortSignal.any([signal, deadline]),
            ...(proxy === null ? { lookup: guardedLookup(mayReach) } : {}),
          },
          (answer) => void read(answer, options.answerBytesMax).then(resolve, reject),
        )
        sent.on('error', reject)
        // Nothing else tells of an answer that goes over to another protocol.
        sent.on('upgrade', (answer, socket) => {
          socket.destroy()
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: '' })
        })
        sent.end(bytes)
      })
    } catch (thrown) {
      if (thrown instanceof TapistryError) throw thrown
      const reason = deadline.aborted ? `there is no answer within ${timeoutMs / 1000} s` : connectionReason(thrown)
      throw new TapistryError('OUTPUT', `${host}: ${reason}`)
    }
  }
}

function targetOf(url: string): URL {
  const target = URL.parse(url)
  if (target !== null && (target.protocol === 'http:' || target.protocol === 'https:')) return target
  throw new TapistryError('OUTPUT', 'the address to send to is no URL of http or https')
}

async function read(answer: IncomingMessage, bytesMax: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, bytesMax - bytes))
    bytes += chunk.length
    // Leaving ends the connection: the rest is not read.
    if (bytes >= bytesMax) break
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }
}
