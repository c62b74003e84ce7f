/** Writes schemas/: the JSON Schema of every JSON output, from the definitions in the code. `--check` only says whether they are fresh. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { alertSchema } from '../src/alert/alert_schema.ts'
import { configSchema } from '../src/config/options.ts'
import { publishedSchemas } from '../src/output/schemas.ts'

const folder = join(import.meta.dirname, '..', 'schemas')
const check = process.argv.includes('--check')
mkdirSync(folder, { recursive: true })
const own = [
  ['alert.schema.json', alertSchema()],
  ['config.schema.json', configSchema],
] as const
for (const [name, schema] of [...publishedSchemas(), ...own]) {
  const text = `${JSON.stringify(schema, null, 2)}\n`
  const path = join(folder, name)
  if (!check) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`schemas/${name} is not what the code defines: run npm run schemas\n`)
    process.exitCode = 1
  }
}
