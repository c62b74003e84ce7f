import type { WaitingNotice } from '../storage/outbox.ts'
import type { ChannelRules } from './rules.ts'

/**
 * Notices that are not told, of what waits on a channel by id: those that a later one takes back before anybody heard of them, as what opened and went, or went and is there
 * again as it was, with all of the finding between; and what is over, where nobody wants to know.
 */
export function takenBack({ sendResolved }: ChannelRules, waiting: readonly WaitingNotice[]): ReadonlySet<WaitingNotice> {
  const gone = new Set<WaitingNotice>()
  const ofFinding = Map.groupBy(
    waiting.filter(({ what }) => what !== 'happened'),
    ({ fingerprint }) => fingerprint,
  )
  for (const notices of ofFinding.values()) {
    const left: WaitingNotice[] = []
    for (const notice of notices) {
      const at = cancelledFrom(left, notice)
      if (at === -1) left.push(notice)
      else for (const one of [...left.splice(at), notice]) gone.add(one)
    }
    if (!sendResolved) for (const notice of left) if (notice.what === 'resolved') gone.add(notice)
  }
  return gone
}

/** Where in what is left of a finding that begins which the notice takes back; -1 where it takes back nothing. */
function cancelledFrom(left: readonly WaitingNotice[], { what, mark }: WaitingNotice): number {
  if (what === 'resolved') return left.findLastIndex((earlier) => earlier.what === 'opened')
  const last = left.at(-1)
  return what === 'opened' && last?.what === 'resolved' && last.mark === mark ? left.length - 1 : -1
}
