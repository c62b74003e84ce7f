import { endpointPlace } from '../inventory/endpoint_place.ts'
import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import { emptyReason } from './empty.ts'
import { findingPlaces } from './finding_place.ts'
import type { Report } from './report.ts'
import { severities } from './table_findings.ts'
import { counted, grouped, percent, printable, sized } from './text.ts'

/** The report as one page without scripts and without anything to load: it can be mailed, archived and opened offline. */
export function htmlText(report: Report): string {
  const { inventory } = report
  const { from, to } = inventory.window
  const endpoints = inventory.services.flatMap((service) => service.endpoints)
  const cards = [
    card(inventory.services.length, 'services'),
    card(endpoints.length, 'endpoints'),
    ...(['shadow', 'zombie', 'undocumented', 'drift'] as const).map((label) =>
      card(endpoints.filter(({ labels }) => labels.includes(label)).length, label, label),
    ),
    card(endpoints.filter(({ dataClasses }) => dataClasses.length > 0).length, 'with sensitive data'),
  ]
  const window = from === null || to === null ? 'no times were seen' : `${moment(from)} to ${moment(to)} UTC`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>API inventory</title>
<style>${style}</style>
</head>
<body>
<header><h1>API inventory</h1><p>${escaped(window)} · Tapistry ${escaped(inventory.tapistryVersion)}</p></header>
<section class="cards">${cards.join('')}</section>
${inventory.services.length === 0 ? `<p>${escaped(emptyReason(report))}</p>` : ''}
${inventory.findings.length === 0 ? '' : findingsSection(inventory)}
${inventory.services.map(serviceSection).join('\n')}
${visibilitySection(report)}
</body>
</html>
`
}

const style = `
:root{color-scheme:light dark;--line:#8884;--dim:#777;--bad:#c2272d;--warn:#a86500;--ok:#2b7a3d;--cool:#1d6f98}
@media(prefers-color-scheme:dark){:root{--dim:#9a9a9a;--bad:#ff7b72;--warn:#e3a73c;--ok:#69c27c;--cool:#6fbfe3}}
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}
h1{margin:0;font-size:1.7rem}h2{margin:2.2rem 0 .3rem;font-size:1.15rem}header p,.about{margin:.1rem 0;color:var(--dim)}
.cards{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.2rem 0}.cards div{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .9rem;min-width:5.5rem}
.cards b{display:block;font-size:1.5rem;line-height:1.2}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line)}th{color:var(--dim);font-weight:500}
.number{text-align:right}code{font:.86rem ui-monospace,monospace;overflow-wrap:anywhere}
.label{white-space:nowrap;border:1px solid currentColor;border-radius:.6rem;padding:0 .45rem;font-size:.78rem}
.shadow,.zombie,.critical,.high{color:var(--bad)}.undocumented,.drift,.medium{color:var(--warn)}.documented{color:var(--ok)}
.orphan,.low{color:var(--cool)}.unseen,.blocked,.unconfirmed,.info,.dim{color:var(--dim)}`

function card(count: number, title: string, name: string = ''): string {
  return `<div><b${count > 0 && name !== '' ? ` class="${escaped(name)}"` : ''}>${grouped(count)}</b>${escaped(title)}</div>`
}

function serviceSection(service: ServiceDocument): string {
  const about = [
    service.kinds.join(', '),
    service.direction,
    service.owner === null ? 'no owner known' : `owner ${service.owner}`,
    service.specs.length === 0 ? 'no spec' : counted(service.specs.length, 'spec'),
    counted(service.exchanges, 'exchange'),
    `coverage ${percent(service.visibility.coverage)}`,
    ...service.visibility.reasons,
  ].filter((part) => part !== '')
  const rows = service.endpoints.map(endpointRow).join('\n')
  return `<section><h2>${escaped(service.name)}</h2><p class="about">${escaped(about.join(' · '))}</p>
<div class="scroll"><table><thead><tr><th>Labels<th>Method<th>Endpoint<th class="number">Seen<th>Statuses<th>Credentials<th>Sensitive data<th>Last seen</tr></thead>
<tbody>
${rows}
</tbody></table></div></section>`
}

function endpointRow(endpoint: EndpointDocument): string {
  const statuses = Object.entries(endpoint.statuses).map(([status, count]) => `${status === '0' ? 'none' : status}&#8202;×&#8202;${grouped(count)}`)
  const auth = endpoint.auth.map(({ kind, seen, of }) => `${escaped(kind)}${seen < of ? ` (${percent(seen / of)})` : ''}`)
  const data = [...Map.groupBy(endpoint.dataClasses, (row) => row.class)].map(
    ([name, rows]) => `${escaped(name)} <code class="dim">${escaped([...new Set(rows.map((row) => `${row.in} ${row.path}`))].join(', '))}</code>`,
  )
  const cells = [
    endpoint.labels.map((label) => `<span class="label ${escaped(label)}">${escaped(label)}</span>`).join(' '),
    escaped(endpoint.method),
    `<code>${escaped(endpointPlace(endpoint))}</code>`,
    grouped(endpoint.exchanges),
    statuses.join('<br>'),
    auth.join('<br>'),
    data.join('<br>'),
    endpoint.lastSeen === null ? '' : escaped(moment(endpoint.lastSeen)),
  ]
  return `<tr>${cells.map((cell, index) => `<td${index === 3 ? ' class="number"' : ''}>${cell}</td>`).join('')}</tr>`
}

function findingsSection(inventory: InventoryDocument): string {
  const placeOf = findingPlaces(inventory)
  const ordered = severities.flatMap((severity) => inventory.findings.filter((finding) => finding.severity === severity))
  return `<section><h2>Findings</h2><div class="scroll"><table><thead><tr><th>Severity<th>What was seen<th>Where<th>How to fix it</tr></thead>
<tbody>
${ordered.map((finding) => findingRow(finding, placeOf(finding))).join('\n')}
</tbody></table></div></section>`
}

function findingRow(finding: FindingDocument, where: string): string {
  return `<tr><td><span class="label ${escaped(finding.severity)}">${escaped(finding.severity)}</span></td><td>${escaped(finding.title)}<br><span class="dim">${escaped(finding.why)}</span></td><td><code>${escaped(where)}</code></td><td>${escaped(finding.fix)}</td></tr>`
}

function visibilitySection({ inventory: { visibility }, inputs }: Report): string {
  const rows = Object.entries(visibility).flatMap(([group, counters]) =>
    Object.entries(counters ?? {})
      .filter(([, count]) => count !== 0)
      .map(([name, count]) => {
        const shown =
          typeof count === 'boolean'
            ? count
              ? 'yes'
              : 'no'
            : name.endsWith('Bytes') || name === 'bytes'
              ? sized(count)
              : name === 'share'
                ? percent(count)
                : grouped(count)
        return `<tr><td>${escaped(group)}</td><td>${escaped(name)}</td><td class="number">${escaped(shown)}</td></tr>`
      }),
  )
  const read = inputs.map(
    (input) =>
      `<tr><td>${escaped(input.name)}</td><td>${escaped(input.kind)}</td><td class="number">${grouped(input.exchanges)}</td><td>${escaped(input.problem ?? '')}</td></tr>`,
  )
  return `<section><h2>What was read</h2><div class="scroll"><table><thead><tr><th>Input<th>Kind<th class="number">Exchanges<th>Problem</tr></thead><tbody>${read.join('')}</tbody></table>
<h2>What could be seen</h2><table><tbody>${rows.join('')}</tbody></table></div></section>`
}

function moment(text: string): string {
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`
}

/** Safe between tags and in quoted attributes: names come from traffic. */
function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
