import type { IncomingHttpHeaders } from 'node:http'

import { splitAddress } from '../base/address.ts'
import { ProblemError } from './problem.ts'

/**
 * Throws where a page in a browser may be behind a request. Whatever reaches the port, so does any page that a browser there shows: under a name that an
 * attacker's DNS lets point to it (421), or by a form or a fetch from another origin (403).
 */
export function refuseForeignPages({ host, origin }: IncomingHttpHeaders, isHost: (name: string) => boolean): void {
  const name = splitAddress(host ?? '')?.host
  if (name === undefined || !isHost(name)) {
    throw new ProblemError({
      status: 421,
      detail: 'the Host of a request is localhost, 127.0.0.1 or [::1], or a name of access.hosts: ask under one of these, or let the reverse proxy set it',
    })
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new ProblemError({ status: 403, detail: 'pages of other origins may not ask: send no Origin, or the one of this server' })
  }
}
