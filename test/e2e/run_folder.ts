import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'

/** A folder of one test, in which a daemon runs. */
export interface RunFolder {
  readonly folder: string
  /** Where the data folder and a log may be; neither is made. */
  readonly data: string
  readonly log: string
  /** Writes a configuration file; REST on a port that the system chooses. */
  configured(sources: readonly object[], more?: object): string
  /** The inventory of the data folder, as the command exports it. */
  exported(): Promise<string>
  remove(): void
}

export function runFolder(): RunFolder {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-run-'))
  const data = join(folder, 'data')
  return {
    folder,
    data,
    log: join(folder, 'access.log'),
    configured: (sources, more = {}) => {
      const path = join(folder, 'tapistry.yaml')
      writeFileSync(path, JSON.stringify({ dataDir: data, listen: '127.0.0.1:0', sources, ...more }))
      return path
    },
    exported: async () => {
      const { exitCode, out, err } = await run(['export', 'inventory', '--unpublished', '--data-dir', data])
      if (exitCode !== 0) throw new Error(err)
      return out
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Lines of an access log in the format `combined`. */
export function logLines(first: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${first + at} HTTP/1.1" 200 5 "-" "curl/8"\n`).join('')
}

/** How many exchanges an exported inventory has. */
export function exchangesIn(out: string): number {
  return (JSON.parse(out) as InventoryDocument).services.reduce((sum, { exchanges }) => sum + exchanges, 0)
}
