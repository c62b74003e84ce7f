import type { Fetch, HttpRequest, Outcome } from '../channel.ts'
import { byAnswer } from '../over_http.ts'

/** What it takes to close an issue. */
export interface Closing {
  /** Of the issue. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Id or name of the transition. */
  readonly transition: string
  /** Writes what is to be said with it. */
  readonly comment: HttpRequest
}

/**
 * Closes an issue: by the transition that its workflow offers where it is now, then with a comment of its own, since the screen of a transition need not have one. In this
 * order a try that was cut off finds the issue closed, and only comments. Where it cannot be closed the comment is written, and the reason is what a dead letter shows.
 */
export async function closeIssue({ url, headers, transition, comment }: Closing, fetch: Fetch, signal: AbortSignal): Promise<Outcome> {
  const looked = await fetch({ method: 'GET', url: `${url}?fields=status&expand=transitions`, headers, body: '' }, signal)
  const seen = byAnswer(looked)
  if (seen.kind !== 'sent') return seen
  const { isDone, id } = standingIn(looked.body, transition)
  let reason: string | null = null
  if (!isDone && id === null) {
    reason = `the issue has no transition ${JSON.stringify(transition)} from where it is: it stays open, with a comment; name another closeTransition, or close it by hand`
  } else if (!isDone) {
    const moved = byAnswer(await fetch({ method: 'POST', url: `${url}/transitions`, headers, body: JSON.stringify({ transition: { id } }) }, signal))
    if (moved.kind === 'later') return moved
    if (moved.kind === 'refused')
      reason = `${moved.problem} to the transition ${JSON.stringify(transition)}, whose screen may want more: the issue stays open, with a comment; close it by hand`
  }
  const told = byAnswer(await fetch(comment, signal))
  if (told.kind === 'later') return told
  if (reason !== null) return { kind: 'refused', problem: reason }
  // An issue that is closed need not take comments.
  return { kind: 'sent', reference: null }
}

/** Whether an issue is done, and the id of the transition that is wanted; null where it has none of that id or name. */
function standingIn(body: string, wanted: string): { readonly isDone: boolean; readonly id: string | null } {
  const issue = issueIn(body)
  const named = (issue.transitions ?? []).filter(({ id, name }) => id === wanted || name?.toLowerCase() === wanted.toLowerCase())
  const found = named.find(({ id }) => id === wanted) ?? named[0]
  return { isDone: issue.fields?.status?.statusCategory?.key === 'done', id: typeof found?.id === 'string' ? found.id : null }
}

interface Issue {
  readonly fields?: { readonly status?: { readonly statusCategory?: { readonly key?: string } } }
  readonly transitions?: ReadonlyArray<{ readonly id?: string; readonly name?: string }>
}

/** An answer of another form has nothing of it. */
function issueIn(body: string): Issue {
  try {
    const value = JSON.parse(body) as Issue | null
    return value !== null && typeof value === 'object' && Array.isArray(value.transitions) ? value : {}
  } catch {
    return {}
  }
}
