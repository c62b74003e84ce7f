import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** What is done to a log; `late` is a line to the file that was renamed last, `pack` compresses the newest of the old ones. */
export type Deed = 'append' | 'rename' | 'late' | 'create' | 'copy' | 'cut' | 'pack'

/** How old files are called: by numbers that all grow with each rotation, or by dates that stay. */
export type Naming = 'numbers' | 'dates'

/** A log that is written and rotated; none of its old files is ever removed. */
export interface RotatedLog {
  readonly path: string
  /** A deed in the steps that somebody may see it in. */
  steps(deed: Deed): ReadonlyArray<() => void>
  /** Lines that were begun. */
  written(): number
  /** The next piece ends in the middle of a line, so many bytes before its end, until something else is done. */
  leaveOpen(bytes: number): void
}

export function rotatedLog(folder: string, naming: Naming): RotatedLog {
  const path = join(folder, 'access.log')
  let written = 0
  let rotations = 0
  let openBytes = 0
  let rest = ''
  writeFileSync(path, '')

  function line(): string {
    written += 1
    // Who reads from a wrong place on finds other lines there.
    const agent = `curl/${'8'.repeat(written % 5 === 1 ? 300 : written % 7)}`
    return `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${written} HTTP/1.1" 200 5 "-" "${agent}"\n`
  }

  /** Of the newest old file for 1, of that before for 2. */
  function nameOf(age: number): string {
    return naming === 'dates' ? `${path}-2026${String(1_300 - age + rotations).slice(1)}` : `${path}.${age}`
  }

  function append(): void {
    const text = rest + line()
    rest = openBytes === 0 ? '' : text.slice(-openBytes)
    openBytes = 0
    appendFileSync(path, text.slice(0, text.length - rest.length))
  }

  function settle(): void {
    appendFileSync(path, rest)
    rest = ''
  }

  /** Makes room for one more. */
  function shifts(): Array<() => void> {
    const moves = Array.from({ length: rotations }, (_, at) => rotations - at).map((age) => () => {
      for (const ending of ['', '.gz']) if (existsSync(`${path}.${age}${ending}`)) renameSync(`${path}.${age}${ending}`, `${path}.${age + 1}${ending}`)
    })
    return [...(naming === 'dates' ? [] : moves), (): void => void (rotations += 1)]
  }

  function copyPart(part: number): void {
    const all = readFileSync(path)
    const done = existsSync(nameOf(1)) ? statSync(nameOf(1)).size : 0
    appendFileSync(nameOf(1), all.subarray(done, Math.ceil(all.length * part)))
  }

  function pack(): void {
    const { atime, mtime } = statSync(nameOf(1))
    writeFileSync(`${nameOf(1)}.gz`, gzipSync(readFileSync(nameOf(1))))
    utimesSync(`${nameOf(1)}.gz`, atime, mtime)
  }

  return {
    path,
    steps(deed) {
      if (deed === 'append') return [append]
      if (deed === 'rename') return [settle, ...shifts(), (): void => renameSync(path, nameOf(1))]
      if (deed === 'late') return [(): void => appendFileSync(nameOf(1), line())]
      if (deed === 'create') return [(): void => writeFileSync(path, '')]
      if (deed === 'copy') return [settle, ...shifts(), ...[0, 0.5, 1].map((part) => (): void => copyPart(part))]
      if (deed === 'cut') return [(): void => truncateSync(path)]
      return rotations === 0 || !existsSync(nameOf(1)) ? [] : [pack, (): void => rmSync(nameOf(1))]
    },
    written: () => written,
    leaveOpen: (bytes) => void (openBytes = bytes),
  }
}
