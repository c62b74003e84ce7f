import { Type, type TSchema } from 'typebox'

import { endpointSchema, findingSchema, inventorySchema } from '../inventory/document_schema.ts'
import { benchLineSchema } from './bench_line.ts'
import { exchangeLineSchema } from './exchange_line.ts'
import { executiveReportSchema } from './executive_report.ts'
import { matchLineSchema } from './match_line.ts'
import { tokenListSchema } from './token_list.ts'

/** Every published schema by file name, but for the configuration's: that one is `configSchema`. */
export function publishedSchemas(): ReadonlyMap<string, TSchema> {
  return new Map([
    ['bench-line.schema.json', benchLineSchema()],
    ['changes.schema.json', changesSchema()],
    ['endpoint-line.schema.json', endpointLineSchema()],
    ['exchange-line.schema.json', exchangeLineSchema()],
    ['executive-report.schema.json', executiveReportSchema()],
    ['findings.schema.json', findingsSchema()],
    ['inventory.schema.json', inventorySchema()],
    ['match-line.schema.json', matchLineSchema()],
    ['token-list.schema.json', tokenListSchema()],
  ])
}

/** What `export findings` writes. */
function findingsSchema(): TSchema {
  return Type.Array(findingSchema(), { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Findings of tapistry export findings' })
}

/** What `export changes` writes. */
function changesSchema(): TSchema {
  return Type.Array(changeSchema(), { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Changes of tapistry export changes' })
}

export const changeDetails =
  'Names and types alone. Of an endpoint `service`, `method`, `template`, its `operation` where its kind has them, and what was `added` and `removed`; of `schema_changed` its `changes`, each with `what` (`parameter_appeared`, `media_type_appeared`, `field_appeared`, `type_widened`, `became_nullable`, `became_optional`), `in`, `path` and, of bodies, `status` and `mediaType`. At most 50 are listed; `more` counts the others.'

/** What differs between two inventories, one thing. */
export function changeSchema(): TSchema {
  return Type.Object(
    {
      kind: Type.Enum(['endpoint', 'finding', 'service', 'spec']),
      subject: Type.String({ description: 'The id of what has changed.' }),
      what: Type.String({ description: '`appeared`, `gone`, `schema_changed` and their like.' }),
      details: Type.Record(Type.String(), Type.Unknown(), { description: changeDetails }),
    },
    { title: 'A difference of two inventories', additionalProperties: false },
  )
}

/** One line of `scan --format ndjson`: an endpoint with the service it belongs to. */
export function endpointLineSchema(): TSchema {
  const endpoint = endpointSchema() as TSchema & { properties: Record<string, TSchema> }
  return Type.Object(
    { ...endpoint.properties, service: Type.String({ pattern: '^svc_[0-9a-f]{16}$' }), serviceName: Type.String() },
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'One line of tapistry scan --format ndjson',
      additionalProperties: false,
    },
  )
}
