import type { Readings } from '../telemetry/metric.ts'
import type { Route } from './route.ts'
import { correctionRoutes } from './routes/corrections.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { eventRoutes } from './routes/events.ts'
import { findingRoutes } from './routes/findings.ts'
import { exportRoutes } from './routes/exports.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { ingestRoutes } from './routes/ingest.ts'
import { metricRoutes } from './routes/metrics.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { otlpRoutes } from './routes/otlp.ts'
import { serviceRoutes } from './routes/services.ts'
import { sourceRoutes } from './routes/sources.ts'
import { specCoverageRoutes } from './routes/spec_coverage.ts'
import { specRoutes } from './routes/specs.ts'
import { suppressionRoutes } from './routes/suppressions.ts'
import { visibilityRoutes } from './routes/visibility.ts'
import { apiDocument } from './openapi.ts'
import type { EventFeed } from './event_feed.ts'
import type { InventoryView } from './view.ts'

/** Every route of the API. */
export function routesOf(
  view: InventoryView,
  { ingestBytesMax, requests, feed }: { readonly ingestBytesMax: number; readonly requests: () => Readings['requests']; readonly feed: EventFeed },
): readonly Route[] {
  const routes: readonly Route[] = [
    ...serviceRoutes(view),
    ...endpointRoutes(view),
    ...historyRoutes(view),
    ...correctionRoutes(view),
    ...eventRoutes(feed),
    ...findingRoutes(view),
    ...suppressionRoutes(view),
    ...specRoutes(view),
    ...specCoverageRoutes(view),
    ...exportRoutes(view),
    ...sourceRoutes(view),
    ...visibilityRoutes(view),
    ...ingestRoutes(view, ingestBytesMax),
    ...otlpRoutes(view, ingestBytesMax),
    ...openApiRoutes(() => (document ??= JSON.stringify(apiDocument(routes, view.inventory().tapistryVersion)))),
    ...metricRoutes(view, requests),
    ...healthRoutes(view),
  ]
  let document: string | undefined
  return routes
}
