import { hostname } from 'node:os'
import { isIP } from 'node:net'

import { isLoopback } from '../base/loopback.ts'

/**
 * Which names a Host may have. Those of loopback and those that are configured always; where other machines reach the server also addresses and the name of
 * this machine. Another name may be one that an attacker's DNS lets point here, for a page in a browser that is shown it.
 */
export function hostRule(isReachable: boolean, configured: readonly string[]): (name: string) => boolean {
  const names = new Set(configured.map((name) => name.toLowerCase()))
  if (isReachable) names.add(hostname().toLowerCase())
  return (name) => isLoopback(name) || names.has(name.toLowerCase()) || (isReachable && isIP(name.replaceAll(/[[\]]/g, '')) !== 0)
}
