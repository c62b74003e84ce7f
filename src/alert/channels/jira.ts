import type { Channel, Fetch, HttpAnswer, HttpRequest, Outcome } from '../channel.ts'
import { isResolved, type AlertMessage } from '../message.ts'
import { byAnswer, orLater } from '../over_http.ts'
import { plainText } from '../plain_text.ts'
import { cut, headline } from '../words.ts'
import { closeIssue } from './jira_close.ts'

export interface Jira {
  /** `https://example.atlassian.net`. */
  readonly url: string
  readonly email: string
  readonly apiToken: string
  readonly project: string
  readonly issueType: string
  /** Id or name of the transition that closes an issue; null where it is only commented on. */
  readonly closeTransition: string | null
}

/** REST v3: an issue a message, with comments, closed with the last of its findings. Its label is the key, so that one that was made twice can be found. */
export function jira(options: Jira, publicUrl: string, fetch: Fetch): Pick<Channel, 'canEdit' | 'paceMs' | 'deliver'> {
  const issues = `${options.url.replace(/\/+$/, '')}/rest/api/3/issue`
  const headers = {
    'content-type': 'application/json',
    'authorization': `Basic ${Buffer.from(`${options.email}:${options.apiToken}`).toString('base64')}`,
  }
  const post = (path: string, body: unknown): HttpRequest => ({ method: 'POST', url: `${issues}${path}`, headers, body: JSON.stringify(body) })
  return {
    canEdit: true,
    paceMs: 500,
    deliver: async (message, signal) =>
      orLater(async () => {
        const { form, reference, items } = message
        if (form === 'new' || reference === null) return made(await fetch(post('', issueOf(message, options, publicUrl)), signal))
        const issue = `/${encodeURIComponent(reference)}`
        const comment = post(`${issue}/comment`, { body: documentOf(plainText(message, publicUrl)) })
        const { closeTransition: transition } = options
        if (form !== 'edit' || !items.every(isResolved) || transition === null) return byAnswer(await fetch(comment, signal), reference)
        const outcome = await closeIssue({ url: `${issues}${issue}`, headers, transition, comment }, fetch, signal)
        return outcome.kind === 'sent' ? { kind: 'sent', reference } : outcome
      }),
  }
}

function issueOf(message: AlertMessage, { project, issueType }: Jira, publicUrl: string): unknown {
  const labels = ['tapistry', message.key, ...message.items.slice(0, labelsMax).map(({ fingerprint }) => fingerprint)]
  const [summary, description] = [cut(headline(message), summaryCharactersMax), documentOf(plainText(message, publicUrl))]
  return { fields: { project: { key: project }, issuetype: { name: issueType }, summary, description, labels } }
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

function made(answer: HttpAnswer): Outcome {
  const [, key] = /"key"\s*:\s*"([A-Z][A-Z0-9_]{0,30}-\d{1,12})"/.exec(answer.body) ?? []
  return byAnswer(answer, key ?? null)
}
