import { runThrough } from '../base/run_through.ts'
import type { FindingDocument, Severity } from '../inventory/document.ts'
import { dataClassesOf } from '../inventory/data_classes.ts'
import type { Inventory, Service, TimeSpan } from '../inventory/inventory.ts'
import type { Assessment, EndpointAssessment } from '../inventory/to_document.ts'
import { detectors } from './detectors/index.ts'
import { driftOf, isDrifting } from './drift.ts'
import { factsOf, isSeenInWindow, newestVersionsOf } from './facts.ts'
import { findingOf } from './finding.ts'
import type { EndpointView, ServiceView } from './finding.ts'
import { labelOptionsDefault, labelsOf } from './labels.ts'
import type { LabelOptions } from './labels.ts'
import { riskOf } from './risk.ts'

/** Facts, labels, risk and findings of an inventory. Pure: equal inventories give equal assessments. */
export function assess({ services, window }: Inventory, options: LabelOptions = labelOptionsDefault): Assessment {
  const all = services.map((service) => runThrough(assessService(service, window, options)))
  return { endpoints: new Map(all.flatMap(({ endpoints }) => [...endpoints])), findings: sortedFindings(all.map(({ findings }) => findings)) }
}

/** The same of one service, in an inventory of this window, in pieces. */
export function* assessService(service: Service, window: TimeSpan | null, options: LabelOptions = labelOptionsDefault): Generator<void, Assessment> {
  const newest = newestVersionsOf(service)
  const views: EndpointView[] = []
  const endpoints = new Map<string, EndpointAssessment>()
  const exchangesInWindow = service.endpoints.reduce((sum, endpoint) => sum + (isSeenInWindow(endpoint, window) ? endpoint.exchanges : 0), 0)
  for (const endpoint of service.endpoints) {
    const facts = factsOf(endpoint, service, newest, window)
    const drift = driftOf(endpoint)
    const labels = labelsOf({ facts, endpoint, service, exchangesInWindow, drifts: isDrifting(drift), options })
    const view = { endpoint, facts, labels, dataClasses: dataClassesOf(endpoint), drift }
    views.push(view)
    endpoints.set(endpoint.id, { labels, facts, risk: riskOf(view) })
    yield
  }
  const view: ServiceView = { service, endpoints: views }
  const findings: FindingDocument[] = []
  for (const detector of detectors) {
    for (const detection of detector.detect(view)) findings.push(findingOf(detector, service, detection))
    yield
  }
  const place = new Map(service.endpoints.map(({ id }, at) => [id, at + 1]))
  const placeOf = ({ endpoint }: FindingDocument): number => place.get(endpoint ?? '') ?? 0
  return { endpoints, findings: findings.toSorted((a, b) => byWeight(a, b) || placeOf(a) - placeOf(b)) }
}

/** The findings of services in the order of the inventory: the worst first; then by kind, service and endpoint as it lists them. */
export function sortedFindings(ofServices: ReadonlyArray<readonly FindingDocument[]>): readonly FindingDocument[] {
  return ofServices.flat().toSorted(byWeight)
}

function byWeight(a: FindingDocument, b: FindingDocument): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity) || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)
}

const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info']
