/** RFC 3339 UTC with milliseconds, as every output writes a moment; null where there is none or it is out of the calendar's range. */
export function rfc3339(epochMs: number): string | null {
  if (!Number.isFinite(epochMs) || Math.abs(epochMs) > epochMsMax) return null
  return new Date(Math.trunc(epochMs)).toISOString()
}

/** The last moment of year 9999: beyond it ISO 8601 needs a sign and six digits, which RFC 3339 does not know. */
const epochMsMax = 253_402_300_799_999
