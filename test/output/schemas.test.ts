import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'

import { alertSchema } from '../../src/alert/alert_schema.ts'
import { packageFolder } from '../../src/base/version.ts'
import { configSchema } from '../../src/config/options.ts'
import { publishedSchemas } from '../../src/output/schemas.ts'

const folder = join(packageFolder, 'schemas')
const schemas = new Map([...publishedSchemas(), ['alert.schema.json', alertSchema()], ['config.schema.json', configSchema]])

test('the committed schemas are those of the code: else run npm run schemas', () => {
  expect(readdirSync(folder).toSorted()).toEqual([...schemas.keys()].toSorted())
  for (const [name, schema] of schemas) expect(readFileSync(join(folder, name), 'utf8'), name).toBe(`${JSON.stringify(schema, null, 2)}\n`)
})

test.each([...schemas.keys()])('%s is valid JSON Schema 2020-12', (name) => {
  expect(() => new Ajv2020({ strict: false, discriminator: true }).compile(JSON.parse(readFileSync(join(folder, name), 'utf8')) as object)).not.toThrow()
})
