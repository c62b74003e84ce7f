import { rfc3339 } from './clock.ts'

/** The day in UTC that a moment belongs to, counted from 1970-01-01. */
export function dayOf(epochMs: number): number {
  return Math.floor(epochMs / dayMs)
}

/** `2026-11-20`. */
export function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** The day that a text such as `2026-11-20` names; null where it is none, or none of the calendar. */
export function dayIn(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const day = dayOf(Date.parse(`${text}T00:00:00Z`))
  // JavaScript takes the 31st of February for a day of March.
  return Number.isFinite(day) && dayText(day) === text ? day : null
}

/** Epoch milliseconds of RFC 3339, or of a date for its beginning in UTC; null where the calendar or the clock has no such moment, or it is out of their range. */
export function momentIn(text: string): number | null {
  const ms = Date.parse(text.toUpperCase())
  // JavaScript takes the 24th hour too, for the next day.
  return dayIn(text.slice(0, 10)) === null || text.slice(11, 13) === '24' || rfc3339(ms) === null ? null : ms
}

export const dayMs: number = 24 * 3_600_000
