/** Lower case, without parameters. */
export function mediaType(written: string): string {
  return (written.split(';', 1)[0] ?? '').trim().toLowerCase()
}
