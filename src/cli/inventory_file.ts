import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { inventorySchema } from '../inventory/document_schema.ts'

/** An inventory of 100,000 endpoints is half of that. */
const inventoryBytesMax = 256 * 2 ** 20

/** The inventory in a file that `scan --format json` wrote. Throws `TapistryError` with what is wrong with it. */
export function readInventoryFile(file: string, cwd: string): InventoryDocument {
  let value: unknown
  try {
    value = JSON.parse(readTextFile(resolve(cwd, file), inventoryBytesMax))
  } catch (thrown) {
    const what = thrown instanceof SyntaxError ? 'is no JSON' : systemReason(thrown)
    throw new TapistryError('INPUT', `${file}: ${what}; name a file that "tapistry scan --format json" wrote`, { cause: thrown })
  }
  return checkedInventory(value, file)
}

/** Throws `TapistryError` where `value`, which came from `name`, is no inventory of this version. */
export function checkedInventory(value: unknown, name: string): InventoryDocument {
  const validate = new Ajv2020({ strict: false }).compile<InventoryDocument>(inventorySchema())
  if (validate(value)) return value
  const [error] = validate.errors ?? []
  throw new TapistryError('INPUT', `${name}: is no inventory of this version (${error?.instancePath ?? ''} ${error?.message ?? ''}); ${whatToName}`)
}

const whatToName = 'name a file that "tapistry scan --format json" wrote, or a daemon of this version'
