import { printable } from './text.ts'
import type { Report } from './report.ts'

/** Why there is nothing to show, and what would help: silence is the one answer that helps nobody. */
export function emptyReason(report: Report): string {
  const { packets, tcp, tls, logs } = report.inventory.visibility
  const reasons: string[] = []
  const unread = report.inputs.filter(({ problem }) => problem !== null)
  if (report.inputs.length > 0 && unread.length === report.inputs.length) reasons.push('no input could be read, see below.')
  else if (of(packets, 'read') === 0 && of(logs, 'lines') === 0) reasons.push('the inputs hold no packet and no log line (or the filter matched none).')
  else {
    if (of(packets, 'read') > 0)
      reasons.push(
        ...packetReasons(
          of(packets, 'decoded'),
          of(packets, 'unknownLinkType'),
          of(packets, 'truncatedRecord'),
          of(tcp, 'flows'),
          of(tls, 'flows'),
          report.encryptedNames,
        ),
      )
    if (of(logs, 'lines') > 0)
      reasons.push(`no log line is an exchange (${of(logs, 'rejected')} of ${of(logs, 'lines')} were rejected): name the format with --input-format.`)
  }
  if (reasons.length === 0) reasons.push('no HTTP was seen.')
  return `No API was found: ${printable(reasons.join(' '))}`
}

function of(group: Readonly<Record<string, number | boolean>>, name: string): number {
  return Number(group[name] ?? 0)
}

function packetReasons(decoded: number, unknownLinkType: number, truncated: number, flows: number, tlsFlows: number, names: readonly string[]): string[] {
  if (decoded === 0 && unknownLinkType > 0) return ['the link type of the capture is not known.']
  if (flows === 0) return ['the capture holds no TCP connection.']
  if (tlsFlows > 0) {
    const shown = names.length === 0 ? '' : `, to ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' and others' : ''}`
    return [`${tlsFlows} of ${flows} TCP connections are encrypted (TLS${shown}) and the others hold no HTTP: capture behind the point where TLS ends.`]
  }
  const reasons = [`none of ${flows} TCP connections holds HTTP.`]
  if (truncated > 0) reasons.push(`${truncated} packets were cut when they were captured: capture with snapshot length 0 (tcpdump -s 0).`)
  return reasons
}
