/** Records that were no exchange, by reason: how many, the first line of them, and what the last one looks like. */
export type Rejections = Readonly<Record<string, { readonly count: number; readonly firstLine: number; readonly lastShape: string | null }>>

/** What the last record of each reason looks like, where that is known: letters, digits and what stands between them, never a value. */
export function shapesIn(rejected: Rejections): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(rejected).flatMap(([reason, { lastShape }]) => (lastShape === null ? [] : [[reason, lastShape]])))
}
