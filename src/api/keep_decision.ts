import { TapistryError } from '../base/errors.ts'
import type { DecisionChange } from '../finding/decision.ts'
import { ProblemError } from './problem.ts'
import type { DecisionDesk } from './view.ts'

/** Keeps what was decided. Throws `ProblemError`: 503 where it cannot be kept now, 409 where there are too many. */
export function keepDecision(desk: DecisionDesk, change: DecisionChange): void {
  if (change.put.length > change.drop.length && desk.count() >= decisionsMax) {
    throw new ProblemError({ status: 409, detail: `${decisionsMax} decisions are kept already: take some back` })
  }
  try {
    desk.keep(change)
  } catch (thrown) {
    if (!(thrown instanceof TapistryError)) throw thrown
    throw new ProblemError({ status: 503, detail: thrown.message, headers: { 'retry-after': '1' } })
  }
}

const decisionsMax = 20_000
