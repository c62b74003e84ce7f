import type { Server, Spec } from './spec.ts'

/**
 * Whether a service (`host`, `host:port`, lower case) is where a server lives. One that is named by its address has its port always, so the default port
 * of the server's scheme is none.
 */
export function serverCovers({ scheme, host }: Server, service: string): boolean {
  if (host === null) return false
  if (hostCovers(host, service)) return true
  const port = /:(?:80|443)$/.exec(service)?.[0]
  return port !== undefined && port !== (scheme === 'http' ? ':443' : scheme === 'https' ? ':80' : '') && hostCovers(host, service.slice(0, -port.length))
}

/**
 * Whether a host pattern (lower case, `*` for any text of at least one character but `:`) covers a service.
 * Ports are compared as written. Linear in practice: a pattern has few stars, a host 255 characters.
 */
function hostCovers(pattern: string, service: string): boolean {
  if (!pattern.includes('*')) return pattern === service
  const chunks = pattern.split('*')
  const last = chunks.length - 1
  const first = chunks[0] ?? ''
  if (!service.startsWith(first)) return false
  let at = first.length
  for (let index = 1; index <= last; index += 1) {
    const chunk = chunks[index] ?? ''
    // A star takes one character at least.
    const found = index === last ? service.length - chunk.length : service.indexOf(chunk, at + 1)
    if (found < at + 1 || !service.startsWith(chunk, found) || service.slice(at, found).includes(':')) return false
    at = found + chunk.length
  }
  return true
}

/** Whether any server names a host that says where the API lives: a loopback name is a developer's machine and says nothing. */
export function isAnchored(spec: Spec): boolean {
  return allServers(spec).some((server) => server.host !== null && !loopback.test(server.host))
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|)(?::[\d*]+)?$/

/** The servers of the document and of its operations, each once. */
export function allServers(spec: Spec): Server[] {
  const servers = new Set(spec.servers)
  for (const operation of spec.operations) for (const server of operation.servers) servers.add(server)
  return [...servers]
}
