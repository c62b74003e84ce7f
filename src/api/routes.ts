import type { AuditRecords } from '../access/audit.ts'
import type { Login } from '../access/login.ts'
import type { TapistryError } from '../base/errors.ts'
import type { EventFeed } from './event_feed.ts'
import { apiDocument } from './openapi.ts'
import type { Route } from './route.ts'
import { alertRoutes } from './routes/alerts.ts'
import { auditRoutes } from './routes/audit.ts'
import { changeRoutes } from './routes/changes.ts'
import { controlExportRoutes } from './routes/control_exports.ts'
import { controlRoutes } from './routes/controls.ts'
import { correctionRoutes } from './routes/corrections.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { eventRoutes } from './routes/events.ts'
import { executiveRoutes } from './routes/executive.ts'
import { exportRoutes } from './routes/exports.ts'
import { findingRoutes } from './routes/findings.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { ingestRoutes } from './routes/ingest.ts'
import { loginRoutes } from './routes/login.ts'
import { meRoutes } from './routes/me.ts'
import { metricRoutes, type Answered } from './routes/metrics.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { otlpRoutes } from './routes/otlp.ts'
import { parkedRoutes } from './routes/parked.ts'
import { serviceRoutes } from './routes/services.ts'
import { sourceRoutes } from './routes/sources.ts'
import { specCoverageRoutes } from './routes/spec_coverage.ts'
import { specRoutes } from './routes/specs.ts'
import { suppressionRoutes } from './routes/suppressions.ts'
import { visibilityRoutes } from './routes/visibility.ts'

/** Every route of the API. */
export function routesOf(version: () => string, { ingestBytesMax, answered, feed, audit, login, onFailure }: RoutesOptions): readonly Route[] {
  const routes: readonly Route[] = [
    ...serviceRoutes(),
    ...endpointRoutes(),
    ...historyRoutes(),
    ...changeRoutes(),
    ...correctionRoutes(),
    ...eventRoutes(feed),
    ...findingRoutes(),
    ...suppressionRoutes(),
    ...specRoutes(),
    ...specCoverageRoutes(),
    ...exportRoutes(),
    ...controlExportRoutes(),
    ...controlRoutes(),
    ...executiveRoutes(),
    ...alertRoutes(),
    ...sourceRoutes(),
    ...parkedRoutes(),
    ...visibilityRoutes(),
    ...ingestRoutes(ingestBytesMax),
    ...otlpRoutes(ingestBytesMax),
    ...auditRoutes(audit),
    ...meRoutes(),
    ...(login === null ? [] : loginRoutes(login, onFailure)),
    ...openApiRoutes(() => (document ??= JSON.stringify(apiDocument(routes, version(), login !== null)))),
    ...metricRoutes(answered),
    ...healthRoutes(),
  ]
  let document: string | undefined
  return routes
}

interface RoutesOptions {
  readonly ingestBytesMax: number
  readonly answered: () => Answered
  readonly feed: EventFeed
  readonly audit: AuditRecords
  readonly login: Login | null
  /** Told why nobody can log in. */
  readonly onFailure: (problem: TapistryError) => void
}
