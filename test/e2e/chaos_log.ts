import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import type { Random } from '../traffic/random.ts'
import type { ChaosInput } from './chaos_input.ts'

/** An access log that grows, in whole lines and parts of them, and is rotated by renaming, by copying and cutting, and compressed. */
export function chaosLog(folder: string, random: Random): ChaosInput {
  const path = join(folder, 'access.log')
  let written = 0
  let rejected = 0
  let rest = ''
  let rotations = 0
  writeFileSync(path, '')

  function line(): string {
    written += 1
    if (random.once(50)) {
      rejected += 1
      return `nonsense ${written}\n`
    }
    const route = random.pick([`/items/${written}`, `/users/${random.below(90)}/orders`, `/search?q=word${written}&page=${random.below(40)}`, '/health'])
    const minute = String(random.below(60)).padStart(2, '0')
    return `10.0.0.${random.below(200)} - - [21/Sep/2026:14:${minute}:00 +0000] "${random.pick(['GET', 'POST'])} ${route} HTTP/1.1" ${random.pick([200, 201, 404])} ${written} "-" "curl/${random.below(9)}"\n`
  }

  function append(count: number): void {
    const text = rest + Array.from({ length: count }, line).join('')
    // A writer with a buffer stops anywhere.
    const open = random.once(3) ? random.below(60) : 0
    rest = open === 0 ? '' : text.slice(-open)
    appendFileSync(path, open === 0 ? text : text.slice(0, -open))
  }

  function settle(): void {
    appendFileSync(path, rest)
    rest = ''
  }

  /** `access.log.1` becomes `.2` and so on; none is ever thrown away, so that nothing can be lost. */
  function shift(): void {
    for (let number = rotations; number > 0; number -= 1) {
      for (const ending of ['', '.gz']) {
        if (existsSync(`${path}.${number}${ending}`)) renameSync(`${path}.${number}${ending}`, `${path}.${number + 1}${ending}`)
      }
    }
    rotations += 1
  }

  function rename(): void {
    shift()
    renameSync(path, `${path}.1`)
    // The writer has the old one open for a while.
    if (random.once(2)) appendFileSync(`${path}.1`, line())
    writeFileSync(path, random.once(2) ? line() : '')
  }

  function copyAndCut(): void {
    settle()
    shift()
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  }

  function compress(): void {
    const [plain, packed] = [`${path}.2`, `${path}.2.gz`]
    if (!existsSync(plain)) return
    const { atime, mtime } = statSync(plain)
    writeFileSync(packed, gzipSync(readFileSync(plain)))
    utimesSync(packed, atime, mtime)
    rmSync(plain)
  }

  return {
    source: { type: 'log', path, host: 'logs.example.com' },
    step() {
      if (!random.once(12)) return append(1 + random.below(20))
      settle()
      random.pick([rename, rename, copyAndCut, compress])()
    },
    finish: settle,
    exchanges: () => written - rejected,
  }
}
