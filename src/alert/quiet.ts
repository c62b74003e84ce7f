import type { QuietHours } from './rules.ts'

/** The quiet hours that hold at a moment: what is as severe as one of them excepts is told, if none of the others holds it back. */
export function quietAt(hours: readonly QuietHours[], nowMs: number): readonly QuietHours[] {
  return hours.filter((one) => holdsAt(one, nowMs))
}

export function isHeldBack(severity: string, quiet: readonly QuietHours[]): boolean {
  return quiet.some(({ except }) => !except.includes(severity))
}

function holdsAt({ from, to, timeZone, days }: QuietHours, nowMs: number): boolean {
  const { day, time } = localTime(nowMs, timeZone)
  const begins = (name: string): boolean => days.length === 0 || days.includes(name)
  if (from < to) return time >= from && time < to && begins(day)
  const [dayBefore = ''] = dayNames.slice(dayNames.indexOf(day) - 1)
  return (time >= from && begins(day)) || (time < to && begins(dayBefore))
}

const dayNames: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** `mon` and `09:05`. */
function localTime(nowMs: number, timeZone: string): { readonly day: string; readonly time: string } {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]))
  return { day: (parts.get('weekday') ?? '').toLowerCase(), time: `${parts.get('hour')}:${parts.get('minute')}` }
}
