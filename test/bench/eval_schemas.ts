import { Ajv2020 } from 'ajv/dist/2020.js'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { JsonSchema } from '../../src/inventory/document.ts'
import type { Figure } from './eval.ts'
import { ndjsonFile, rowsOf, scanAndMatch } from './eval_files.ts'

/**
 * Response schemas by hindsight: they are learnt from every second recorded body, and the others say how well.
 *
 * - type: of the fields seen at least 3 times while learning, those none of whose later values has another type;
 * - required: of the fields called so, those that no later object lacks;
 * - enum precision: of the fields called so, those without a later value outside; recall: of the fields that all bodies together show to be closed
 *   (20 texts or more, 2 to 24 different ones, each at least twice, all of them like identifiers), those called enum;
 * - validate: later bodies that their schema accepts.
 */
export async function schemaFigures(folder: string, scratch: string): Promise<readonly Figure[]> {
  const total = newTally()
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  for (const file of readdirSync(join(folder, 'recordings')).toSorted()) {
    const rows = (rowsOf(join(folder, 'recordings', file)) as readonly Row[]).filter(({ res_ct, res_body }) => res_ct.includes('json') && res_body !== '')
    const [learn, later] = [0, 1].map((half) =>
      ndjsonFile(
        scratch,
        `${file}-${half}`,
        rows.flatMap((row, index) => (index % 2 === half ? [exchangeOf(row, index)] : [])),
      ),
    )
    if (learn === undefined || later === undefined) continue
    const { inventory, lines } = await scanAndMatch(scratch, learn, later)
    const endpoints = new Map(inventory.services.flatMap((service) => service.endpoints.map((endpoint) => [endpoint.id, endpoint])))
    const bodies = lines.flatMap(({ id, endpoint: endpointId }) => {
      const row = rows[Number(id)]
      const endpoint = endpoints.get(endpointId ?? '')
      const schema = row && endpoint?.responses[String(row.status)]?.mediaTypes['application/json']?.schema
      const body = row && parsed(row.res_body)
      return schema === undefined || body === undefined ? [] : [{ schema, body }]
    })
    for (const [schema, group] of Map.groupBy(bodies, (body) => body.schema)) {
      const fields = new Map<JsonSchema, Field>()
      const validate = ajv.compile(schema)
      for (const { body } of group) {
        total.bodies += 1
        total.valid += Number(validate(body))
        compare(schema, body, fields)
      }
      for (const [at, field] of fields) add(total, at, field)
    }
  }
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  return [
    { measure: `type right, of ${total.typed} fields seen 3 times`, value: share(total.typeRight, total.typed), baseline: 'naive and prototype .998' },
    {
      measure: `required right, of ${total.required} fields`,
      value: share(total.requiredRight, total.required),
      baseline: 'prototype, F1 on generated bodies: .79 to .90',
    },
    {
      measure: `enum precision, of ${total.enums} fields`,
      value: share(total.enumsRight, total.enums),
      baseline: 'against specs: naive .351, prototype .627; aim .75',
    },
    {
      measure: `enum recall, of ${total.closed} closed fields`,
      value: share(total.closedFound, total.closed),
      baseline: 'against specs: naive .960, prototype .929; aim .85',
    },
    { measure: `later bodies validate, of ${total.bodies}`, value: share(total.valid, total.bodies), baseline: 'aim .99' },
  ]
}

interface Row {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly status: number
  readonly res_ct: string
  readonly res_body: string
}

function exchangeOf(row: Row, index: number): object {
  const { method, host, path, query, status, res_body: body } = row
  return {
    id: String(index),
    ts: 1_750_000_000_000 + index * 50,
    method,
    host,
    path,
    query,
    status,
    resHeaders: { 'content-type': 'application/json' },
    resBody: body,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** What later bodies said about one place of a schema. */
interface Field {
  readonly isTyped: boolean
  typeWrong: number
  isRequired: boolean
  missing: number
  readonly texts: Map<string, number>
}

const newTally = () => ({ bodies: 0, valid: 0, typed: 0, typeRight: 0, required: 0, requiredRight: 0, enums: 0, enumsRight: 0, closed: 0, closedFound: 0 })

function add(total: ReturnType<typeof newTally>, schema: JsonSchema, field: Field): void {
  if (field.isTyped) {
    total.typed += 1
    total.typeRight += Number(field.typeWrong === 0)
  }
  if (field.isRequired) {
    total.required += 1
    total.requiredRight += Number(field.missing === 0)
  }
  if (field.texts.size === 0) return
  const words = Array.isArray(schema['enum']) ? new Set(schema['enum'] as readonly unknown[]) : null
  if (words !== null) {
    total.enums += 1
    total.enumsRight += Number([...field.texts.keys()].every((text) => words.has(text)))
  }
  const counts = [...field.texts.values()]
  const isClosed =
    counts.reduce((sum, count) => sum + count, 0) >= 20 &&
    counts.length >= 2 &&
    counts.length <= 24 &&
    counts.every((count) => count > 1) &&
    [...field.texts.keys()].every((text) => /^[a-z][\w.-]{0,39}$/i.test(text))
  if (!isClosed) return
  total.closed += 1
  total.closedFound += Number(words !== null)
}

/** Walks a body along its schema. Places that the schema does not have are left to the validation. */
function compare(schema: JsonSchema, value: unknown, fields: Map<JsonSchema, Field>): void {
  const seen = schema['x-seen']
  let field = fields.get(schema)
  if (field === undefined) {
    field = { isTyped: seen === undefined || Number(seen) >= 3, typeWrong: 0, isRequired: false, missing: 0, texts: new Map() }
    fields.set(schema, field)
  }
  const types = new Set<unknown>([schema['type'] ?? []].flat())
  if (!types.has(typeOf(value)) && !(types.has('number') && typeOf(value) === 'integer')) field.typeWrong += 1
  if (typeof value === 'string') field.texts.set(value, (field.texts.get(value) ?? 0) + 1)
  if (Array.isArray(value)) {
    const items = schema['items'] as JsonSchema | undefined
    if (items !== undefined) for (const item of value) compare(items, item, fields)
  } else if (typeof value === 'object' && value !== null) {
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
    const additional = schema['additionalProperties']
    for (const [key, child] of Object.entries(value)) {
      const at = Object.hasOwn(properties, key) ? properties[key] : additional
      if (typeof at === 'object' && at !== null) compare(at as JsonSchema, child, fields)
    }
    for (const key of (schema['required'] ?? []) as readonly string[]) {
      const at = properties[key]
      const required = at && fields.get(at)
      if (at !== undefined && required === undefined && !Object.hasOwn(value, key)) {
        fields.set(at, { isTyped: false, typeWrong: 0, isRequired: true, missing: 1, texts: new Map() })
      } else if (required !== undefined) {
        required.isRequired = true
        required.missing += Number(!Object.hasOwn(value, key))
      }
    }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
