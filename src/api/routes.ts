import type { Readings } from '../telemetry/metric.ts'
import type { Route } from './route.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { ingestRoutes } from './routes/ingest.ts'
import { metricRoutes } from './routes/metrics.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { otlpRoutes } from './routes/otlp.ts'
import { serviceRoutes } from './routes/services.ts'
import { sourceRoutes } from './routes/sources.ts'
import { visibilityRoutes } from './routes/visibility.ts'
import { apiDocument } from './openapi.ts'

/** Every route of the API. */
export function routesOf(
  version: () => string,
  { ingestBytesMax, requests }: { readonly ingestBytesMax: number; readonly requests: () => Readings['requests'] },
): readonly Route[] {
  const routes: readonly Route[] = [
    ...serviceRoutes(),
    ...endpointRoutes(),
    ...historyRoutes(),
    ...sourceRoutes(),
    ...visibilityRoutes(),
    ...ingestRoutes(ingestBytesMax),
    ...otlpRoutes(ingestBytesMax),
    ...openApiRoutes(() => (document ??= JSON.stringify(apiDocument(routes, version())))),
    ...metricRoutes(requests),
    ...healthRoutes(),
  ]
  let document: string | undefined
  return routes
}
