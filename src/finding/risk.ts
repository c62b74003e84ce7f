import type { RiskDocument } from '../inventory/document.ts'
import type { EndpointView } from './finding.ts'
import { isUnauthenticated } from './exposure.ts'

/** The risk of an endpoint as a published sum: each factor that holds adds its points, at most 100 together. */
export function riskOf(view: EndpointView): RiskDocument {
  if (view.endpoint.exchanges === 0) return { score: 0, parts: [] }
  const parts = factors.filter(({ holds }) => holds(view)).map(({ factor, points }) => ({ factor, points }))
  return {
    score: Math.min(
      100,
      parts.reduce((sum, { points }) => sum + points, 0),
    ),
    parts,
  }
}

interface Factor {
  readonly factor: string
  readonly points: number
  readonly holds: (view: EndpointView) => boolean
}

const factors: readonly Factor[] = [
  { factor: 'no_auth', points: 25, holds: ({ endpoint }) => isUnauthenticated(endpoint) },
  { factor: 'sensitive_response', points: 25, holds: ({ dataClasses }) => dataClasses.some(({ in: place }) => place === 'response') },
  { factor: 'sensitive_request', points: 10, holds: ({ dataClasses }) => dataClasses.some(({ in: place }) => place !== 'response') },
  {
    factor: 'sensitive_in_url',
    points: 15,
    holds: ({ dataClasses }) => dataClasses.some(({ in: place }) => place === 'path' || place === 'query'),
  },
  { factor: 'not_documented', points: 20, holds: ({ labels }) => labels.includes('shadow') || labels.includes('undocumented') },
  { factor: 'zombie', points: 15, holds: ({ labels }) => labels.includes('zombie') },
  { factor: 'drift', points: 10, holds: ({ labels }) => labels.includes('drift') },
  { factor: 'writes', points: 5, holds: ({ endpoint }) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(endpoint.method) },
]
