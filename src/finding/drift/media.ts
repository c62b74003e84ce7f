import type { Endpoint } from '../../inventory/inventory.ts'
import type { Schema } from '../../registry/spec.ts'
import type { Typing } from './values.ts'

/** The documented schema for a media type: the exact type, else its `type/*` range, else any; undefined where none covers it. */
export function documentedFor(content: ReadonlyMap<string, Schema>, mediaType: string): Schema | undefined {
  const exact = content.get(mediaType)
  if (exact !== undefined) return exact
  const slash = mediaType.indexOf('/')
  return content.get(`${mediaType.slice(0, slash)}/*`) ?? content.get('*/*') ?? content.get('*')
}

/** How values of a media type carry their types; null where the shape says nothing that a schema could be held against. */
export function typingOf(mediaType: string): Typing | null {
  if (/^[^/]+\/(?:[^/]+\+)?json$/.test(mediaType) || mediaType === 'application/x-ndjson') return 'typed'
  return mediaType === 'application/x-www-form-urlencoded' || mediaType === 'multipart/form-data' ? 'untyped' : null
}

/** Bodies of the endpoint that were not read to their end, or not in full. */
export function cutShortOf(endpoint: Endpoint): number {
  return cutShortFacts.reduce((sum, fact) => sum + (endpoint.facts.get(fact) ?? 0), 0)
}

const cutShortFacts = ['fact.incomplete_request', 'fact.incomplete_response', 'digest.truncated', 'digest.limit', 'digest.invalid']

export function listOf(names: Iterable<string>): string {
  const all = [...names]
  return all.length === 0 ? 'none' : `${all.slice(0, 5).join(', ')}${all.length > 5 ? ' …' : ''}`
}
