import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives `use` a folder for loads and removes it afterwards, whatever happened. */
export async function* inLoadFolder<T>(use: (folder: string) => AsyncIterable<T>): AsyncIterable<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-bench-'))
  try {
    yield* use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
