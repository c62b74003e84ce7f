/**
 * How right the inventory is on labelled data: `node test/bench/eval.ts [templates|schemas|classes ...]` prints one table, beside what research measured
 * for a prototype and for others. The data lies in `../shared/eval`, or below `TAPISTRY_SHARED`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { classFigures } from './eval_classes.ts'
import { schemaFigures } from './eval_schemas.ts'
import { templateFigures } from './eval_templates.ts'

/** A line of the table: a measure, what it is now, and what is known from elsewhere. */
export interface Figure {
  readonly measure: string
  readonly value: number
  readonly baseline: string
}

const parts: Readonly<Record<string, (folder: string, scratch: string) => Promise<readonly Figure[]>>> = {
  templates: templateFigures,
  schemas: schemaFigures,
  classes: classFigures,
}

const folder = join(process.env['TAPISTRY_SHARED'] ?? join(import.meta.dirname, '../../../shared'), 'eval')
if (existsSync(folder)) await main()
else console.log(`skipped: there is no ${folder}; TAPISTRY_SHARED names the folder with the labelled data`)

async function main(): Promise<void> {
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)
  const scratch = mkdtempSync(join(tmpdir(), 'tapistry-eval-'))
  try {
    for (const name of chosen) {
      const startedMs = performance.now()
      for (const { measure, value, baseline } of (await parts[name]?.(folder, scratch)) ?? []) {
        console.log(`${name.padEnd(10)} ${measure.padEnd(52)} ${String(Math.round(value * 1000) / 1000).padStart(8)}  ${baseline}`)
      }
      console.log(`${name.padEnd(10)} took ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
