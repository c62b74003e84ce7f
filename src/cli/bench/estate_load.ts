import type { Between } from './random.ts'

/** An invented estate of many services, all with the same operations; lines of its access log name the host first, as Apache writes them. */
export interface EstateLoad {
  readonly endpoints: number
  /** A line of this endpoint, counted over all services. */
  line(endpoint: number, between: Between, atMs: number): string
  /** One of all endpoints, a few of which are called most. */
  popular(between: Between): number
}

export function estateLoad(services: number): EstateLoad {
  const hosts = Array.from({ length: services }, (_, index) => `service-${String(index).padStart(4, '0')}.example.com`)
  const endpoints = services * operations.length
  let [second, time] = [Number.NaN, '']
  return {
    endpoints,
    line(endpoint, between, atMs) {
      // Neighbours are of different services.
      const host = hosts[endpoint % services] ?? ''
      const { method, path, status } = operations[Math.floor(endpoint / services)] ?? first
      const target = path.replaceAll('{id}', () => String(between(1, 900_000)))
      const now = Math.floor(atMs / 1000)
      if (now !== second) [second, time] = [now, logTime(now)]
      return `${host}:443 198.51.100.${between(1, 250)} - - [${time} +0000] "${method} ${target} HTTP/1.1" ${status} ${between(90, 20_000)} "-" "okhttp/5.0.0"\n`
    },
    // Evenly over orders of magnitude: the first tenth of one percent has as many as the last nine tenths times three.
    popular: (between) => Math.min(endpoints - 1, Math.floor(endpoints ** (between(0, fine) / fine)) - 1),
  }
}

const fine = 1_000_000

interface EstateOperation {
  readonly method: string
  readonly path: string
  readonly status: number
}

const nouns = ['accounts', 'articles', 'carts', 'customers', 'devices', 'invoices', 'orders', 'products', 'projects', 'users']
const parts = ['comments', 'events', 'items']

const paths = nouns.flatMap((noun) => [`/api/v1/${noun}`].concat(parts.map((part) => `/api/v1/${noun}/{id}/${part}`)))
const operations: readonly EstateOperation[] = paths.flatMap((path) => operationsOf(path))
const first: EstateOperation = { method: 'GET', path: '/', status: 200 }

function operationsOf(path: string): readonly EstateOperation[] {
  return [
    { method: 'GET', path, status: 200 },
    { method: 'POST', path, status: 201 },
    { method: 'GET', path: `${path}/{id}`, status: 200 },
    { method: 'PUT', path: `${path}/{id}`, status: 200 },
    { method: 'DELETE', path: `${path}/{id}`, status: 204 },
  ]
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `02/Mar/2026:09:15:00`. */
function logTime(second: number): string {
  const at = new Date(second * 1000)
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()] ?? ''}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
