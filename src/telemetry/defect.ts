import { TapistryError } from '../base/errors.ts'
import type { LogFields } from './log.ts'

/**
 * What a log line may say of something that was thrown: a `TapistryError` speaks for itself; of anything else the class and where it happened, since its
 * message can quote what was being read (`Unexpected token 'a', "alice@..." is not valid JSON`).
 */
export function defectFields(thrown: unknown): LogFields {
  if (thrown instanceof TapistryError) return { error: thrown.code, reason: thrown.message }
  if (!(thrown instanceof Error)) return { error: typeof thrown }
  const { stack = '', message } = thrown
  // Behind the message alone: one of several lines can look like a frame.
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n')
  return {
    error: thrown.constructor.name,
    stack: frames
      .map((frame) => frame.trim())
      .join(' ')
      .trim(),
  }
}
