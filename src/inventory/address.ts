import type { Direction } from './inventory.ts'

/**
 * The direction of a service by its servers' addresses (`address:port`, '' in logs). Logs are written by what serves: inbound. Private,
 * shared, link-local and loopback servers are internal; a public address may be ours or a third party's, so it says nothing.
 */
export function directionOf(servers: readonly string[]): Direction {
  const addresses = servers.filter((server) => server !== '').map((server) => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
  if (addresses.length === 0) return servers.length > 0 ? 'inbound' : 'unknown'
  return addresses.every(isPrivate) ? 'internal' : 'unknown'
}

function isPrivate(address: string): boolean {
  const octets = address.split('.').map(Number)
  const [first = -1, second = -1] = octets
  if (octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255)) {
    if (first === 10 || first === 127 || (first === 192 && second === 168)) return true
    return (first === 172 && second >= 16 && second <= 31) || (first === 169 && second === 254) || (first === 100 && second >= 64 && second <= 127)
  }
  return /^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i.test(address)
}
