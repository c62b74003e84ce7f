/** Writes the example's capture and access log beside this file: `node examples/generate.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exampleFiles } from './generator/example.ts'

for (const [name, bytes] of exampleFiles()) {
  writeFileSync(join(import.meta.dirname, name), bytes)
  process.stdout.write(`${name} ${bytes.length} bytes\n`)
}
