import { performance } from 'node:perf_hooks'

import { Type } from 'typebox'

import { allLabels } from '../../finding/labels.ts'
import type { InventoryDocument } from '../../inventory/document.ts'
import { expositionText, expositionType } from '../../telemetry/exposition.ts'
import type { Readings } from '../../telemetry/metric.ts'
import { familiesOf } from '../../telemetry/metrics.ts'
import { indexOf } from '../inventory_index.ts'
import type { Route } from '../route.ts'
import type { InventoryView } from '../view.ts'

/** What Prometheus scrapes. */
export function metricRoutes(answered: () => Answered): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      operationId: 'getMetrics',
      summary: 'Metrics in the text format of Prometheus; docs/metrics.md lists them',
      access: 'read',
      isNarrowed: false,
      answers: { 200: { description: 'All of them', content: { [expositionType]: Type.String({ examples: [expositionText([])] }) } } },
      handle: (_request, reply, { view }) => reply.type(expositionType).send(expositionText(familiesOf(readingsOf(view, answered())))),
    },
  ]
}

/** What the server has answered so far. */
export type Answered = Pick<Readings, 'requests' | 'durations' | 'discardedBytes' | 'rateBucketsDropped'>

const newForMs = 24 * 3_600_000

function readingsOf(view: InventoryView, answered: Answered): Readings {
  const inventory = view.inventory()
  const { rows, labels, dataClasses, newSince } = indexOf(inventory)
  const sinceMs = Date.now() - newForMs
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return {
    version: inventory.tapistryVersion,
    counters: view.counters(),
    sources: view.sources(),
    services: inventory.services.length,
    endpoints: rows.length,
    endpointsByLabel: labels,
    endpointsNewByLabel: new Map(allLabels.map((label) => [label, newSince(label, sinceMs)])),
    endpointsByDataClass: dataClasses,
    servicesPartlySeen: inventory.services.filter(({ visibility }) => visibility.reasons.length > 0).length,
    findings: openFindings(inventory.findings),
    alerts: view.alerts.status(),
    isReady: view.unready().length === 0,
    ...answered,
    process: {
      startedAtSeconds: performance.timeOrigin / 1000,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      activeSeconds: performance.eventLoopUtilization().active / 1000,
      residentBytes: process.memoryUsage.rss(),
    },
  }
}

/** Counted once for the findings of an inventory. */
function openFindings(findings: InventoryDocument['findings']): Readings['findings'] {
  let open = counted.get(findings)
  if (open === undefined) counted.set(findings, (open = countOpen(findings)))
  return open
}

const counted = new WeakMap<InventoryDocument['findings'], Readings['findings']>()

function countOpen(findings: InventoryDocument['findings']): Readings['findings'] {
  const counts = new Map<string, { readonly kind: string; readonly severity: string; readonly count: number }>()
  for (const { kind, severity, state } of findings) {
    if (state !== 'open' && state !== 'reopened') continue
    const key = `${kind} ${severity}`
    counts.set(key, { kind, severity, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}
