import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

import { systemReason, TapistryError } from '../base/errors.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { inventorySchema } from '../inventory/document_schema.ts'

/** The inventory in a file that `scan --format json` wrote. Throws `TapistryError` with what is wrong with it. */
export function readInventoryFile(file: string, cwd: string): InventoryDocument {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(resolve(cwd, file), 'utf8'))
  } catch (thrown) {
    const what = thrown instanceof SyntaxError ? 'is no JSON' : systemReason(thrown)
    throw new TapistryError('INPUT', `${file}: ${what}; name a file that "tapistry scan --format json" wrote`, { cause: thrown })
  }
  const validate = new Ajv2020({ strict: false }).compile<InventoryDocument>(inventorySchema())
  if (validate(value)) return value
  const [error] = validate.errors ?? []
  throw new TapistryError(
    'INPUT',
    `${file}: is no inventory of this version (${error?.instancePath ?? ''} ${error?.message ?? ''}); name a file that "tapistry scan --format json" wrote`,
  )
}
