/** Go's duration text without sign: `5s`, `1h30m`, `250ms`. */
export const durationPattern: string = String.raw`^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$`

/** The text of an age: days, or one of Go's durations. */
export const agePattern: string = String.raw`^(?:[1-9]\d{0,4}d|(?=.*[1-9])(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$`

/** The text of a size. */
export const sizePattern: string = String.raw`^\d+(?:\.\d+)?\s?(?:B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$`

/** Milliseconds of a duration such as `1h30m`; null where the text is none. */
export function durationMs(text: string): number | null {
  if (!new RegExp(durationPattern, 'u').test(text)) return null
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gu)) sum += Number(amount) * (msByUnit[unit ?? ''] ?? 0)
  return sum
}

/** Milliseconds of an age such as `90d` or `36h`; null where the text is none. Ages are longer than Go's durations, which know no days. */
export function ageMs(text: string): number | null {
  const [, days] = /^(\d+)d$/.exec(text) ?? []
  return days === undefined ? durationMs(text) : Number(days) * 24 * (msByUnit['h'] ?? 0)
}

/** Bytes of a size such as `64MiB`, `1.5GB` or `512`; null where the text is none or beyond 2^53. */
export function sizeBytes(text: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/.exec(text) ?? []
  if (amount === undefined) return null
  const bytes = Math.round(Number(amount) * (bytesByUnit[unit] ?? 1))
  return Number.isSafeInteger(bytes) ? bytes : null
}

const msByUnit: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 }

const bytesByUnit: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
