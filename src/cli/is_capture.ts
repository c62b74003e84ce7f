import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Whether what lies at `path`, or will, is packets and no log: by the first bytes where there are some, else by the name; a folder by what lies in it. */
export function isCapture(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (facts?.isDirectory() === true)
    return readdirSync(path).some((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isFile() && isCapture(join(path, name)))
  const magic = facts?.isFile() === true ? firstBytes(path) : ''
  return magics.has(magic) || ((magic === '' || compressed.test(magic)) && nameOfCapture.test(path))
}

/** Of a compressed file, whose content shows only when it is read, the name decides. */
const nameOfCapture = /\.(?:pcap|pcapng|cap)\d*(?:\.gz|\.zst)?$|[*?[{].*\.p?cap/

/** pcap in both byte orders and resolutions, pcapng. */
const magics: ReadonlySet<string> = new Set(['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '0a0d0d0a'])

/** gzip, zstd. */
const compressed = /^(?:1f8b|28b52ffd)/

/** The first four, as hexadecimal digits; none where it has fewer or cannot be opened: its source says why, once it runs. */
function firstBytes(path: string): string {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(4)
      return readSync(file, bytes, 0, 4, 0) === 4 ? bytes.toString('hex') : ''
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}
