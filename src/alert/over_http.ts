import { systemReason, TapistryError } from '../base/errors.ts'
import type { Channel, Fetch, HttpAnswer, HttpForm, Outcome } from './channel.ts'

/** Delivers a message as one request. */
export function overHttp({ render, readAnswer }: HttpForm, fetch: Fetch): Channel['deliver'] {
  return async (message, signal) => orLater(async () => readAnswer(await fetch(render(message), signal), message))
}

/** What became of a try; where it threw, it is tried again. */
export async function orLater(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work()
  } catch (thrown) {
    const problem = thrown instanceof TapistryError ? thrown.message : `a defect of ours, please report it: ${systemReason(thrown)}`
    return { kind: 'later', problem, afterMs: null }
  }
}

/** What a status says, where nothing more is known of the receiver; `reference` is what a message is called that was sent. */
export function byStatus({ status, headers }: HttpAnswer, reference: string | null = null): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent', reference }
  if (status >= 300 && status < 400) return { kind: 'refused', problem: `it answers ${status}: redirects are not followed, name the address that it leads to` }
  const problem = `it answers ${status}`
  if (status === 408 || status === 425 || status === 429 || status >= 500) return { kind: 'later', problem, afterMs: retryAfterMs(headers['retry-after']) }
  return { kind: 'refused', problem }
}

/** The same of a receiver that never answers with a page: what does so stands in between, and wants a login. */
export function byAnswer(answer: HttpAnswer, reference: string | null = null): Outcome {
  const outcome = byStatus(answer, reference)
  if (outcome.kind !== 'sent' || !/^\s*</.test(answer.body)) return outcome
  return { kind: 'later', problem: `it answers ${answer.status} with a page: a proxy, or another server in its place, does so`, afterMs: null }
}

/** Milliseconds of `Retry-After` in seconds, at most an hour; null where it says nothing. A date would need the receiver's clock to be right. */
export function retryAfterMs(value: HttpAnswer['headers'][string]): number | null {
  const text = typeof value === 'string' ? value : undefined
  return text === undefined || !/^\d{1,9}$/.test(text) ? null : Math.min(Number(text) * 1000, retryAfterMaxMs)
}

const retryAfterMaxMs = 3_600_000
