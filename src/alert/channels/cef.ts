import { tapistryVersion } from '../../base/version.ts'
import type { Severity } from '../../inventory/document.ts'
import { isResolved, type AlertItem, type AlertMessage } from '../message.ts'
import { cut, headline, linkOf } from '../words.ts'

/** Each finding of a message as a line of the Common Event Format. */
export function cefLines(message: AlertMessage, publicUrl: string): ReadonlyArray<{ readonly severity: Severity; readonly text: string }> {
  if (message.isTest)
    return [{ severity: 'info', text: line('test', headline(message), 'info', { rt: String(message.atMs), cs1Label: 'key', cs1: message.key }) }]
  return message.items.map((item) => ({ severity: item.severity, text: line(item.kind, item.title, item.severity, extensionOf(item, message, publicUrl)) }))
}

function line(kind: string, name: string, severity: Severity, extension: Readonly<Record<string, string | null>>): string {
  const header = ['Tapistry', 'Tapistry', tapistryVersion(), kind, cut(name, nameCharactersMax), severities[severity]].map((part) =>
    part.replaceAll(/[\\|]/g, String.raw`\$&`).replaceAll(/[\r\n]+/g, ' '),
  )
  const fields = Object.entries(extension).flatMap(([key, value]) =>
    value === null || value === '' ? [] : `${key}=${escaped(cut(value, valueCharactersMax))}`,
  )
  return `CEF:0|${header.join('|')}|${fields.join(' ')}`
}

const severities: Readonly<Record<Severity, string>> = { info: '1', low: '3', medium: '5', high: '8', critical: '10' }
const nameCharactersMax = 512
const valueCharactersMax = 1_023

function escaped(value: string): string {
  return value
    .replaceAll(/[\\=]/g, String.raw`\$&`)
    .replaceAll('\r', '')
    .replaceAll('\n', String.raw`\n`)
}

function extensionOf(item: AlertItem, { key }: AlertMessage, publicUrl: string): Readonly<Record<string, string | null>> {
  const { atMs, what, fingerprint, service, endpoint, owner, count, firstSeen, lastSeen, labels, dataClasses, why } = item
  return {
    rt: String(atMs),
    externalId: fingerprint,
    cat: what,
    outcome: isResolved(item) ? 'resolved' : 'open',
    dhost: service,
    requestMethod: endpoint?.method ?? null,
    request: linkOf(item, publicUrl),
    start: momentOf(firstSeen),
    end: momentOf(lastSeen),
    cnt: count === null ? null : String(count),
    cs1Label: 'key',
    cs1: key,
    cs2Label: 'labels',
    cs2: labels.join(','),
    cs3Label: 'endpointTemplate',
    cs3: endpoint?.template ?? null,
    cs4Label: 'dataClasses',
    cs4: dataClasses.join(','),
    cs5Label: 'owner',
    cs5: owner,
    cs6Label: 'operation',
    cs6: endpoint?.operation ?? null,
    msg: why,
  }
}

function momentOf(text: string | null): string | null {
  return text === null ? null : String(Date.parse(text))
}
