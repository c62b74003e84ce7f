import type { HttpAnswer, HttpForm, HttpRequest, Outcome } from '../channel.ts'
import { isResolved, type AlertMessage } from '../message.ts'
import { byStatus } from '../over_http.ts'
import { plainText } from '../plain_text.ts'
import { cut, headline } from '../words.ts'

export interface Jira {
  /** `https://example.atlassian.net`. */
  readonly url: string
  readonly email: string
  readonly apiToken: string
  readonly project: string
  readonly issueType: string
  /** Id of the transition that closes an issue; null where it is only commented on. */
  readonly closeTransition: string | null
}

/** REST v3: an issue a message, with comments, closed with the last of its findings. Its label is the key, so that one that was made twice can be found. */
export function jira(options: Jira, publicUrl: string): HttpForm {
  const issues = `${options.url.replace(/\/+$/, '')}/rest/api/3/issue`
  const headers = {
    'content-type': 'application/json',
    'authorization': `Basic ${Buffer.from(`${options.email}:${options.apiToken}`).toString('base64')}`,
  }
  return {
    canEdit: true,
    paceMs: 500,
    render(message): HttpRequest {
      const { path, body } = requestOf(message, options, publicUrl)
      return { method: 'POST', url: `${issues}${path}`, headers, body: JSON.stringify(body) }
    },
    readAnswer: (answer, message) => readAnswer(answer, message),
  }
}

function requestOf(message: AlertMessage, { project, issueType, closeTransition }: Jira, publicUrl: string): { readonly path: string; readonly body: unknown } {
  const { form, reference, items, key } = message
  const text = documentOf(plainText(message, publicUrl))
  if (form === 'new' || reference === null) {
    const labels = ['tapistry', key, ...items.slice(0, labelsMax).map(({ fingerprint }) => fingerprint)]
    return {
      path: '',
      body: {
        fields: { project: { key: project }, issuetype: { name: issueType }, summary: cut(headline(message), summaryCharactersMax), description: text, labels },
      },
    }
  }
  const issue = `/${encodeURIComponent(reference)}`
  if (form === 'edit' && items.every(isResolved) && closeTransition !== null) {
    return { path: `${issue}/transitions`, body: { transition: { id: closeTransition }, update: { comment: [{ add: { body: text } }] } } }
  }
  return { path: `${issue}/comment`, body: { body: text } }
}

/** Atlassian Document Format: paragraphs of plain text, in which nothing is a mark. */
function documentOf(text: string): unknown {
  const content = cut(text, textCharactersMax)
    .split('\n')
    .map((line) => ({ type: 'paragraph', content: line === '' ? [] : [{ type: 'text', text: line }] }))
  return { type: 'doc', version: 1, content }
}

const summaryCharactersMax = 255
const textCharactersMax = 30_000
const labelsMax = 20

function readAnswer(answer: HttpAnswer, { form, reference }: AlertMessage): Outcome {
  if (form !== 'new') return byStatus(answer, reference)
  const [, key] = /"key"\s*:\s*"([A-Z][A-Z0-9_]{0,30}-\d{1,12})"/.exec(answer.body) ?? []
  return byStatus(answer, key ?? null)
}
