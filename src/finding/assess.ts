import type { FindingDocument, Severity } from '../inventory/document.ts'
import { dataClassesOf } from '../inventory/data_classes.ts'
import type { Inventory, Service } from '../inventory/inventory.ts'
import type { Assessment, EndpointAssessment } from '../inventory/to_document.ts'
import { detectors } from './detectors/index.ts'
import { driftOf, isDrifting } from './drift.ts'
import { factsOf, newestVersionsOf } from './facts.ts'
import { findingOf } from './finding.ts'
import type { EndpointView, ServiceView } from './finding.ts'
import { labelOptionsDefault, labelsOf } from './labels.ts'
import type { LabelOptions } from './labels.ts'
import { riskOf } from './risk.ts'

/** Facts, labels, risk and findings of an inventory. Pure: equal inventories give equal assessments. */
export function assess(inventory: Inventory, options: LabelOptions = labelOptionsDefault): Assessment {
  const endpoints = new Map<string, EndpointAssessment>()
  const findings: FindingDocument[] = []
  for (const service of inventory.services) {
    const view = serviceView(service, inventory, options)
    for (const own of view.endpoints) endpoints.set(own.endpoint.id, { labels: own.labels, facts: own.facts, risk: riskOf(own) })
    for (const detector of detectors) {
      for (const detection of detector.detect(view)) findings.push(findingOf(detector, service, detection))
    }
  }
  return { endpoints, findings: sorted(findings, inventory) }
}

function serviceView(service: Service, inventory: Inventory, options: LabelOptions): ServiceView {
  const newest = newestVersionsOf(service)
  return {
    service,
    endpoints: service.endpoints.map((endpoint): EndpointView => {
      const facts = factsOf(endpoint, service, newest, inventory)
      const drift = driftOf(endpoint)
      const labels = labelsOf({ facts, endpoint, service, drifts: isDrifting(drift), options })
      return { endpoint, facts, labels, dataClasses: dataClassesOf(endpoint), drift }
    }),
  }
}

/** The worst first; then by kind, service and endpoint as the inventory lists them. */
function sorted(findings: readonly FindingDocument[], inventory: Inventory): readonly FindingDocument[] {
  const place = new Map<string, number>()
  for (const service of inventory.services) {
    place.set(service.id, place.size)
    for (const { id } of service.endpoints) place.set(id, place.size)
  }
  const placeOf = ({ service, endpoint }: FindingDocument): number => place.get(endpoint ?? service) ?? 0
  return findings.toSorted(
    (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0) || placeOf(a) - placeOf(b),
  )
}

const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info']
