import { printable } from '../base/printable.ts'
import { uuid5 } from '../base/uuid.ts'
import { controlEvidence, type ControlEvidence, type FrameworkEvidence, type KindEvidence } from '../finding/control_evidence.ts'
import { isOpen } from '../finding/is_open.ts'
import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import { oscalIds, targetOf } from './oscal_ids.ts'

/**
 * What traffic says of controls, as OSCAL assessment results 1.2.2 (NIST): findings where a control is not satisfied, observations of what was seen either way.
 * UUIDs are of version 5 over our ids, and times are those of the traffic, so that the same inventory gives the same bytes.
 */
export function oscalAssessment(inventory: InventoryDocument, framework: string | null = null): object {
  const chosen = controlEvidence(inventory).filter(({ id }) => framework === null || id === framework)
  const end = inventory.window.to ?? unknownTime
  const open = inventory.findings.filter(isOpen)
  const subjects = subjectsOf(inventory, open)
  const ofFindings = open.map((finding) => findingObservation(finding, inventory, end))
  const ofControls = chosen.flatMap((own) => own.controls.map((control) => controlObservation(own, control, end)))
  const findings = chosen.flatMap((own) =>
    own.controls.filter(({ verdict }) => verdict === 'not_satisfied').map((control) => controlFinding(own, control, end)),
  )
  const plan = uuid5('plan')
  return {
    'assessment-results': {
      'uuid': uuid5('results', end, ...chosen.map(({ id }) => id)),
      'metadata': {
        'title': 'What traffic says of controls',
        'last-modified': end,
        'version': inventory.tapistryVersion,
        'oscal-version': '1.2.2',
        'props': [prop('edition-of-mappings', chosen.map(({ id, edition }) => `${id} ${edition}`).join('; '))],
        'remarks': remarks,
      },
      'import-ap': { href: `#${plan}` },
      'results': [
        {
          'uuid': uuid5('result', end),
          'title': 'Passive observation of traffic',
          'description': coverageText(chosen[0]?.coverage ?? null, inventory),
          'start': inventory.window.from ?? end,
          end,
          ...(subjects.components.length + subjects.items.length === 0 ? {} : { 'local-definitions': localDefinitions(subjects) }),
          'reviewed-controls': {
            'control-selections': chosen.map(({ id, name, edition, controls }) => ({
              'description': `${name}, ${edition}`,
              'props': [prop('framework', id)],
              'include-controls': controls.map(({ control }) => ({ 'control-id': oscalIds(id, control).control })),
            })),
          },
          'observations': [...ofFindings, ...ofControls],
          ...(findings.length === 0 ? {} : { findings }),
        },
      ],
      'back-matter': {
        resources: [{ uuid: plan, title: 'Assessment plan', description: 'Traffic is observed as long as Tapistry runs, and every rule looks at all of it.' }],
      },
    },
  }
}

/** Where nothing was seen there is no time either. */
const unknownTime = '1970-01-01T00:00:00.000Z'

const remarks =
  'Tapistry observes traffic. It can show that a control does not hold at a place, and that something supports one as far as was seen; it attests none. Where ' +
  'nothing was seen there is no evidence. Titles of controls are in our words, but for those of OWASP: their ids count.'

/** Evidence is of the window: after it, nobody has looked. */
const freshDays = 7

interface Subjects {
  readonly components: readonly ServiceDocument[]
  readonly items: ReadonlyArray<{ readonly service: ServiceDocument; readonly endpoint: EndpointDocument }>
}

/** Services, and the endpoints that findings are of. */
function subjectsOf({ services }: InventoryDocument, open: readonly FindingDocument[]): Subjects {
  const ids = new Set(open.map(({ endpoint }) => endpoint))
  const items = services.flatMap((service) => service.endpoints.flatMap((endpoint) => (ids.has(endpoint.id) ? [{ service, endpoint }] : [])))
  return { components: services, items }
}

function localDefinitions({ components, items }: Subjects): object {
  return {
    ...(components.length === 0
      ? {}
      : {
          components: components.map(({ id, name, direction, exchanges, visibility }) => ({
            uuid: uuid5(id),
            type: 'service',
            title: oneLine(name),
            description: `${exchanges} exchanges, coverage ${visibility.coverage}`,
            props: [prop('id', id), prop('direction', direction)],
            status: { state: exchanges > 0 ? 'operational' : 'other' },
          })),
        }),
    ...(items.length === 0
      ? {}
      : {
          'inventory-items': items.map(({ service, endpoint: { id, method, template, firstSeen, lastSeen, labels } }) => ({
            'uuid': uuid5(id),
            'description': oneLine(`${method} ${service.name}${template}`),
            'props': [
              prop('id', id),
              ...labels.map((label) => prop('label', label)),
              ...(firstSeen === null ? [] : [prop('first-seen', firstSeen)]),
              ...(lastSeen === null ? [] : [prop('last-seen', lastSeen)]),
            ],
            'implemented-components': [{ 'component-uuid': uuid5(service.id) }],
          })),
        }),
  }
}

function findingObservation(finding: FindingDocument, { services }: InventoryDocument, end: string): object {
  const { id, kind, severity, service, endpoint, title, count, lastSeen } = finding
  const coverage = services.find((one) => one.id === service)?.visibility.coverage ?? 0
  return {
    uuid: uuid5(id),
    title: oneLine(title),
    description: `${count} exchanges or occurrences show it; coverage of the service ${coverage}`,
    props: [prop('id', id), prop('kind', kind), prop('severity', severity), prop('state', finding.state)],
    methods: ['TEST'],
    types: ['finding'],
    subjects: [{ 'subject-uuid': uuid5(endpoint ?? service), 'type': endpoint === null ? 'component' : 'inventory-item' }],
    collected: lastSeen ?? end,
    expires: expiry(end),
  }
}

/** What all that was looked for says of a control. */
function controlObservation({ id, coverage }: FrameworkEvidence, { control, title, verdict, evidence }: ControlEvidence, end: string): object {
  return {
    uuid: uuid5('observation', id, control),
    title: `${control}: ${title}`,
    description: `${evidence.map(evidenceText).join('; ')}; coverage ${coverage ?? 'unknown, nothing was seen'}`,
    props: [prop('framework', id), prop('verdict', verdict)],
    methods: ['TEST'],
    types: ['control-objective'],
    collected: end,
    expires: expiry(end),
  }
}

function evidenceText({ kind, relationship, places }: KindEvidence): string {
  return `${kind} ${relationship} it at ${places} places`
}

function controlFinding({ id }: FrameworkEvidence, { control, title, evidence }: ControlEvidence, end: string): object {
  const { type, target } = targetOf(id, control)
  const own = evidence.filter(({ relationship }) => relationship === 'contradicts').flatMap(({ findings }) => findings)
  return {
    'uuid': uuid5('finding', id, control, end),
    'title': `${control} is not satisfied`,
    'description': `${title}: ${evidence
      .filter(({ places }) => places > 0)
      .map(evidenceText)
      .join('; ')}`,
    'props': [prop('framework', id)],
    'target': { type, 'target-id': target, 'status': { state: 'not-satisfied', reason: 'fail' } },
    'related-observations': [uuid5('observation', id, control), ...own.map((finding) => uuid5(finding))].map((uuid) => ({ 'observation-uuid': uuid })),
  }
}

function expiry(end: string): string {
  return new Date(Date.parse(end) + freshDays * 86_400_000).toISOString()
}

function coverageText(coverage: number | null, { services }: InventoryDocument): string {
  const reasons = [...new Set(services.flatMap(({ visibility }) => visibility.reasons))].slice(0, 5)
  return `Coverage of the traffic: ${coverage ?? 'nothing was seen'}${reasons.length === 0 ? '' : `. ${reasons.join('; ')}`}`
}

function prop(name: string, value: string): object {
  return { name, ns: 'urn:x-tapistry:oscal', value: oneLine(value) }
}

/** Values are one line without spaces at either end, and have something in it. */
function oneLine(text: string): string {
  return printable(text).trim() || '-'
}
