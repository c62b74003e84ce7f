import type { HttpForm } from '../channel.ts'
import { isResolved, worstOf, type AlertMessage } from '../message.ts'
import { byAnswer } from '../over_http.ts'
import { plainText } from '../plain_text.ts'
import { cut, headline } from '../words.ts'

export interface Opsgenie {
  readonly apiKey: string
  readonly apiUrl: string
}

/** The alert API v2: one alert a message, closed with the last of its findings, with notes in between. The alias makes what comes twice one alert. */
export function opsgenie({ apiKey, apiUrl }: Opsgenie, publicUrl: string): HttpForm {
  const alerts = `${apiUrl.replace(/\/+$/, '')}/v2/alerts`
  return {
    canEdit: true,
    paceMs: 500,
    render(message) {
      const { action, body } = requestOf(message, publicUrl)
      const path = action === null ? '' : `/${encodeURIComponent(aliasOf(message))}/${action}?identifierType=alias`
      return {
        method: 'POST',
        url: `${alerts}${path}`,
        headers: { 'content-type': 'application/json', 'authorization': `GenieKey ${apiKey}` },
        body: JSON.stringify(body),
      }
    },
    readAnswer: (answer, message) => byAnswer(answer, aliasOf(message)),
  }
}

function aliasOf({ reference, items, key }: AlertMessage): string {
  const [first] = items
  return reference ?? (items.length === 1 && first !== undefined ? first.fingerprint : key)
}

function requestOf(message: AlertMessage, publicUrl: string): { readonly action: 'close' | 'notes' | null; readonly body: unknown } {
  const { items, form, key } = message
  const [first] = items
  const text = plainText(message, publicUrl)
  if (form !== 'new') {
    const isOver = form === 'edit' && items.every(isResolved)
    return { action: isOver ? 'close' : 'notes', body: { source: 'Tapistry', note: cut(text, noteCharactersMax) } }
  }
  const body = {
    message: cut(headline(message), messageCharactersMax),
    alias: aliasOf(message),
    description: cut(text, descriptionCharactersMax),
    entity: cut(first?.service ?? 'tapistry', entityCharactersMax),
    source: 'Tapistry',
    priority: priorities[worstOf(message)],
    tags: [...new Set(items.flatMap(({ labels }) => labels))].slice(0, tagsMax),
    details: { key, total: String(items.length) },
  }
  return { action: null, body }
}

const priorities = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P4', info: 'P5' } as const
const messageCharactersMax = 130
const descriptionCharactersMax = 15_000
const noteCharactersMax = 25_000
const entityCharactersMax = 512
const tagsMax = 20
