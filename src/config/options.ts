import { Type, type TSchema } from 'typebox'

import { accessOptions, type AccessOptions } from './access_options.ts'
import { alertOptions, type AlertOptions } from './alert_options.ts'
import { retentionOptions } from './retention_options.ts'
import { sourceOptions } from './source_options.ts'

/** The whole of tapistry.yaml as JSON Schema 2020-12: the one definition behind the check, the defaults and the published schema. */
export const configSchema: TSchema = Type.Partial(
  Type.Object({
    dataDir: Type.String({ minLength: 1, default: './tapistry-data', description: 'Folder that holds everything Tapistry keeps.' }),
    listen: Type.String({
      default: '127.0.0.1:7411',
      pattern: addressPattern(),
      examples: ['127.0.0.1:7411', '[::1]:7411'],
      description: 'Address and port of REST and console.',
    }),
    publicUrl: Type.Optional(
      Type.String({
        pattern: String.raw`^https?://[^\s/?#]+/?$`,
        examples: ['https://tapistry.example.com'],
        description: 'Where people reach REST and console, as in https://tapistry.example.com: logins return to it, and alerts link to it.',
      }),
    ),
    access: accessOptions,
    sources: Type.Array(sourceOptions, { default: [], description: 'Where traffic comes from.' }),
    keys: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Key logs (SSLKEYLOGFILE) and private RSA keys (PEM) to decrypt TLS with. They may grow, and need not be there yet; keys stay in memory.',
    }),
    descriptors: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Sets of descriptors that name the fields of gRPC, as protoc --include_imports --descriptor_set_out or buf build writes them; 64 MiB each at most.',
    }),
    specs: Type.Array(
      Type.Object(
        {
          path: Type.String({ minLength: 1, description: 'File, folder or glob of OpenAPI documents.' }),
          service: Type.Optional(Type.String({ minLength: 1, description: 'The service they describe, whatever their servers say.' })),
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'Registered API documents.' },
    ),
    services: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, description: 'Name of the service; shown and looked up in lower case, as host names are.' }),
          hosts: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Authorities that are this service.' })),
          owner: Type.Optional(Type.String({ minLength: 1, description: 'Who answers for it; shown with its endpoints and findings.' })),
          criticality: Type.Optional(Type.Enum(['low', 'medium', 'high', 'critical'], { description: 'How much hangs on it.' })),
          exposure: Type.Optional(
            Type.Enum(['internal', 'external', 'outbound'], { description: 'Who reaches it: external is shown as the direction inbound.' }),
          ),
          tags: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Words of your own, for the rules of alerts.' })),
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'What is known of services and cannot be seen.' },
    ),
    alerts: alertOptions,
    storage: Type.Unsafe({
      type: 'object',
      required: ['type'],
      discriminator: { propertyName: 'type' },
      oneOf: [
        Type.Object(
          { type: Type.Literal('sqlite', { description: 'One file in the data folder.' }), retention: Type.Optional(retentionOptions) },
          { additionalProperties: false },
        ),
        Type.Object(
          {
            type: Type.Literal('postgres', { description: 'A server that several daemons share.' }),
            url: Type.Optional(Type.String({ 'x-secret': true, 'description': 'postgres://...; this version keeps everything in SQLite.' })),
            urlFile: Type.Optional(Type.String({ description: 'A file that holds url.' })),
          },
          { additionalProperties: false },
        ),
      ],
      default: { type: 'sqlite' },
      description: 'Where the inventory is kept.',
    }),
  }),
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tapistry configuration',
    additionalProperties: false,
  },
)

/** The configuration after defaults and overrides; durations and sizes as written. */
export interface Config {
  readonly dataDir: string
  readonly listen: string
  /** Links lead to the address of `listen` where absent. */
  readonly publicUrl?: string
  readonly access: AccessOptions
  readonly sources: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly type: string }>
  readonly keys?: readonly string[]
  readonly descriptors?: readonly string[]
  readonly specs: readonly SpecOptions[]
  readonly services: readonly ServiceOptions[]
  readonly alerts: AlertOptions
  readonly storage: { readonly type: 'sqlite'; readonly retention?: RetentionOptions } | { readonly type: 'postgres'; readonly url?: string }
}

interface RetentionOptions {
  readonly age?: string
  readonly size?: string
}

interface SpecOptions {
  readonly path: string
  readonly service?: string
}

interface ServiceOptions {
  readonly name: string
  readonly hosts?: readonly string[]
  readonly owner?: string
  readonly criticality?: 'low' | 'medium' | 'high' | 'critical'
  readonly exposure?: 'internal' | 'external' | 'outbound'
  readonly tags?: readonly string[]
}

/** `127.0.0.1:7411`, `[::1]:7411`, `name:port`, or `:7411` for all addresses. */
function addressPattern(): string {
  return String.raw`^(?:\[[0-9A-Fa-f:.]+\]|[^:\s\[\]]*):\d{1,5}$`
}
