import { countedTwice } from './counted_twice.ts'
import type { Report } from './report.ts'
import type { Page } from './table_page.ts'
import { counted, grouped, leftAligned, percent, printable, sized, wrapped } from './text.ts'

/** What was seen, what could not be seen, and which inputs could not be read. */
export function visibilityBlock(report: Report, page: Page): string {
  const { visibility } = report.inventory
  const { packets, tcp, http, tls, logs, flows, coverage } = visibility
  const seen: string[] = []
  if ((packets['read'] ?? 0) > 0) {
    const { read = 0, decoded = 0, duplicate = 0, filtered = 0 } = packets
    const copies = duplicate === 0 ? '' : `, ${grouped(duplicate)} copies of others`
    const leftOut = filtered === 0 ? '' : `, ${grouped(filtered)} left out by the filter`
    seen.push(`${counted(read, 'packet')}, ${grouped(decoded)} decoded${copies}${leftOut}`, counted(tcp['flows'] ?? 0, 'flow'))
  }
  if ((logs['lines'] ?? 0) > 0) seen.push(`${counted(logs['lines'] ?? 0, 'log line')}, ${grouped(logs['rejected'] ?? 0)} not understood`)
  const missed: string[] = []
  if ((tcp['gapBytes'] ?? 0) > 0) missed.push(`${sized(tcp['gapBytes'] ?? 0)} lost before the tap`)
  if ((tcp['shedBytes'] ?? 0) > 0) missed.push(`${sized(tcp['shedBytes'] ?? 0)} shed at the memory limit`)
  const unpaired = (http['unpairedRequests'] ?? 0) + (http['unpairedResponses'] ?? 0)
  if (unpaired > 0) missed.push(`${counted(unpaired, 'message')} without the other half`)
  if ((tcp['oneWayFlows'] ?? 0) > 0) missed.push(`${counted(tcp['oneWayFlows'] ?? 0, 'flow')} seen in one direction`)
  if ((packets['truncatedRecord'] ?? 0) > 0) missed.push(`${counted(packets['truncatedRecord'] ?? 0, 'packet')} cut by the snapshot length`)
  const blind = (tls['flows'] ?? 0) - (tls['decryptedFlows'] ?? 0)
  if (blind > 0) missed.push(`${counted(blind, 'TLS flow')} not read${namesText(report.encryptedNames)}`)
  const unknown = flows?.['unknownProtocol'] ?? 0
  if (unknown > 0) missed.push(`${sized(flows?.['unknownBytes'] ?? 0)} in ${counted(unknown, 'connection')} of a protocol that is not read`)
  if (!visibility.limits.lawHolds) missed.push('a memory limit was hit: figures are lower bounds')
  const captured = coverage?.['share'] ?? 1
  if (captured < 1) missed.push(`${percent(captured)} of what must have been there was captured`)
  const lines = [
    row('Seen', seen.length === 0 ? 'nothing' : seen.join(' · '), page),
    row('Not seen', missed.length === 0 ? 'nothing that we know of' : missed.join(' · '), page),
  ]
  for (const { service, place, exchanges } of countedTwice(report.inventory)) {
    const text = `${place} of ${service}: ${counted(exchanges, 'exchange')} of logs that show no operations; what was seen of them elsewhere counts by operation too`
    lines.push(row('Twice', printable(text), page))
  }
  for (const input of report.inputs) if (input.problem !== null) lines.push(row('Unread', `${printable(input.name)}: ${printable(input.problem)}`, page))
  return lines.join('\n')
}

/** ` (api.example.net, b.example.net +3)`; '' without names. */
function namesText(names: readonly string[]): string {
  if (names.length === 0) return ''
  const shown = names.slice(0, namesShownMax).map(printable).join(', ')
  return ` (${shown}${names.length > namesShownMax ? ` +${names.length - namesShownMax}` : ''})`
}

function row(title: string, text: string, { paint, columns }: Page): string {
  const [first = '', ...more] = wrapped(text, columns - 10)
  return [`${paint('bold', leftAligned(title, 8))}  ${first}`, ...more.map((line) => `${' '.repeat(10)}${line}`)].join('\n')
}

const namesShownMax = 4
