import { controlEvidence, type ControlEvidence, type FrameworkEvidence } from '../finding/control_evidence.ts'
import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument, Severity } from '../inventory/document.ts'

/**
 * Findings and what they say of controls as events of OCSF 1.8.0, one a line: a Detection Finding (2004) for each finding, a Compliance Finding (2003) for each
 * control. Traffic itself is none of them: of a single call neither who made it nor from where is kept, and an API Activity needs both.
 */
export function* ocsfLines(inventory: InventoryDocument): Generator<string> {
  const places = placesIn(inventory)
  for (const finding of inventory.findings) yield `${JSON.stringify(detection(finding, places, inventory))}\n`
  for (const framework of controlEvidence(inventory)) {
    for (const control of framework.controls) yield `${JSON.stringify(compliance(framework, control, inventory))}\n`
  }
}

const version = '1.8.0'

interface Places {
  readonly services: ReadonlyMap<string, ServiceDocument>
  readonly endpoints: ReadonlyMap<string, EndpointDocument>
}

function placesIn({ services }: InventoryDocument): Places {
  return {
    services: new Map(services.map((service) => [service.id, service])),
    endpoints: new Map(services.flatMap(({ endpoints }) => endpoints.map((endpoint) => [endpoint.id, endpoint]))),
  }
}

function detection(finding: FindingDocument, places: Places, inventory: InventoryDocument): object {
  const { id, kind, severity, title, why, fix, firstSeen, lastSeen, count, controls, state } = finding
  const seen = { ...timeOf('start_time', firstSeen), ...timeOf('end_time', lastSeen) }
  return {
    ...head(2004, state === 'resolved' ? 3 : 1, lastSeen, inventory),
    severity_id: severities[severity],
    severity: severityNames[severity],
    status_id: statuses[state],
    ...seen,
    count,
    message: title,
    is_alert: state === 'open' || state === 'reopened',
    finding_info: {
      uid: id,
      title,
      desc: why,
      types: [kind],
      ...timeOf('first_seen_time', firstSeen),
      ...timeOf('last_seen_time', lastSeen),
      analytic: { uid: kind, name: kind, type_id: 1, type: 'Rule', version: inventory.tapistryVersion },
    },
    remediation: { desc: fix },
    resources: [resourceOf(finding, places)],
    unmapped: { controls: controls.map(({ framework, control }) => `${framework}:${control}`) },
  }
}

/** The endpoint by its template, never by an address that was asked. */
function resourceOf({ service, endpoint, owner }: FindingDocument, { services, endpoints }: Places): object {
  const place = endpoint === null ? undefined : endpoints.get(endpoint)
  const { name = service, hosts = [] } = services.get(service) ?? {}
  const [hostname] = hosts
  return {
    uid: endpoint ?? service,
    name: place === undefined ? name : `${place.method} ${name}${place.template}`,
    type: endpoint === null ? 'API service' : 'API endpoint',
    ...(hostname === undefined ? {} : { hostname }),
    ...(owner === null ? {} : { owner: { name: owner } }),
    ...(place === undefined ? {} : { labels: place.labels }),
  }
}

function compliance(framework: FrameworkEvidence, control: ControlEvidence, inventory: InventoryDocument): object {
  const { id, name, edition, coverage } = framework
  const { verdict, title, evidence } = control
  return {
    ...head(2003, 1, inventory.window.to, inventory),
    severity_id: 1,
    severity: 'Informational',
    ...timeOf('start_time', inventory.window.from),
    ...timeOf('end_time', inventory.window.to),
    finding_info: { uid: `${id}:${control.control}`, title: `${control.control}: ${title}`, types: [verdict] },
    compliance: {
      standards: [`${name} ${edition}`],
      control: control.control,
      requirements: [control.control],
      // Never a pass: traffic attests nothing.
      status_id: verdict === 'not_satisfied' ? 3 : verdict === 'supported' ? 99 : 0,
      status: verdict,
      status_detail: coverage === null ? 'nothing was seen' : `coverage ${coverage}`,
      checks: evidence.map(({ kind, relationship, places }) => ({
        uid: kind,
        name: kind,
        desc: `${relationship} it at ${places} places`,
        status_id: relationship === 'contradicts' && places > 0 ? 3 : relationship === 'supports' && places > 0 ? 99 : 0,
        status: places === 0 ? 'no_evidence' : relationship,
      })),
    },
  }
}

function head(classUid: number, activity: number, at: string | null, { tapistryVersion }: InventoryDocument): object {
  return {
    class_uid: classUid,
    category_uid: 2,
    activity_id: activity,
    type_uid: classUid * 100 + activity,
    // Of the traffic; 0 where it had none.
    time: at === null ? 0 : Date.parse(at),
    metadata: { version, product: { name: 'Tapistry', version: tapistryVersion } },
  }
}

function timeOf(name: string, at: string | null): Readonly<Record<string, number>> {
  return at === null ? {} : { [name]: Date.parse(at) }
}

const severities: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 }
const severityNames: Readonly<Record<Severity, string>> = { info: 'Informational', low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical' }
const statuses: Readonly<Record<FindingDocument['state'], number>> = { open: 1, reopened: 1, acknowledged: 2, suppressed: 3, resolved: 4 }
