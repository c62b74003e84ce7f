import type { Observation } from '../observation/observation.ts'
import { clientsOf } from '../observation/part_sums.ts'
import { topKeys } from './shape_parts.ts'
import { distinctOf } from './sketch.ts'
import { segmentsOf } from './template/segment.ts'

/** Whether exchanges are what scanners cause: only 4xx other than 401, 403 and 405, for fewer than three clients. */
export function isNoise(observations: readonly Observation[]): boolean {
  if (!observations.every(({ key }) => isRefusal(key.status))) return false
  return distinctOf(clientsOf(observations)) < clientsMin
}

/** Whether a host name answered nothing but 4xx: whoever sent it guessed. Challenges and prohibitions are answers of something that is there. */
export function isUnknownHost(observations: readonly Observation[]): boolean {
  return observations.length > 0 && observations.every(({ key }) => isRefusal(key.status))
}

/**
 * The paths of a service that gave one and the same answer below at least `placesMin` different first segments, each hardly ever asked for:
 * what answers there is a page for everything. Only bodies that were seen can tell.
 */
export function catchAllPaths(byPath: ReadonlyMap<string, readonly Observation[]>): ReadonlySet<string> {
  const bySignature = new Map<string, string[]>()
  for (const [path, observations] of byPath) {
    const signature = signatureOf(path, observations)
    if (signature === null) continue
    const same = bySignature.get(signature)
    if (same) same.push(path)
    else bySignature.set(signature, [path])
  }
  const caught = new Set<string>()
  for (const paths of bySignature.values()) {
    if (new Set(paths.map((path) => segmentsOf(path)[0])).size < placesMin) continue
    for (const path of paths) caught.add(path)
  }
  return caught
}

/** Status, media type, keys and size of the one answer that a rarely asked path gave; null where it gave several or none with a body. */
function signatureOf(path: string, observations: readonly Observation[]): string | null {
  const [first] = observations
  if (!first || segmentsOf(path).length === 0) return null
  let count = 0
  for (const { key, count: own } of observations) {
    if (key.method !== 'GET' || key.status !== first.key.status || key.responseMediaType !== first.key.responseMediaType) return null
    count += own
  }
  if (count > askedMax || first.key.status >= 400 || first.key.status === 0) return null
  const sizes = new Set(observations.flatMap(({ responseBytes }) => [...responseBytes.buckets.keys()]))
  const [size] = sizes
  if (sizes.size !== 1 || size === undefined || size < 0) return null
  const bodies = observations.map(({ responseBody }) => responseBody)
  const keys = new Set(bodies.flatMap((body) => [...topKeys(body)]))
  const digested = first.key.responseMediaType === 'text/html' || bodies.every(({ seen }) => seen > 0)
  if (!digested || keys.size > keysMax) return null
  return [first.key.status, first.key.responseMediaType, size, ...[...keys].toSorted()].join('\0')
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 405
}

const clientsMin = 3
const placesMin = 8
const askedMax = 2
/** An answer for everything says little. */
const keysMax = 3
