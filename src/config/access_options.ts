import { Type, type TSchema } from 'typebox'

import { oidcOptions, type OidcOptions } from './oidc_options.ts'

/** Who may ask the daemon. */
export const accessOptions: TSchema = Type.Object(
  {
    loopbackOpen: Type.Optional(
      Type.Boolean({
        description:
          'Whether requests to a loopback address need no token. Where absent: as long as no token was ever made, and no login is configured. Other addresses always need one.',
      }),
    ),
    hosts: Type.Array(Type.String({ minLength: 1, pattern: String.raw`^[\w.-]+$`, examples: ['tapistry.example.com'] }), {
      default: [],
      description: 'Names under which the daemon is asked, beside localhost and addresses: of a proxy before it, or in DNS.',
    }),
    tls: Type.Optional(
      Type.Object(
        {
          certFile: Type.String({ minLength: 1, description: 'Certificate with those of its authorities, PEM.' }),
          keyFile: Type.String({ minLength: 1, description: 'Its key, PEM.' }),
        },
        { additionalProperties: false, description: 'HTTPS in place of HTTP, TLS 1.2 or newer; read again on SIGHUP.' },
      ),
    ),
    oidc: Type.Optional(oidcOptions),
    rateLimit: Type.Object(
      {
        perMinute: Type.Integer({ default: 30_000, minimum: 1, description: 'Requests of a token, or of an address that needs none.' }),
        unknownPerMinute: Type.Integer({ default: 600, minimum: 1, description: 'Requests of an address without a token that is good.' }),
      },
      { additionalProperties: false, default: {}, description: 'How often may be asked; a bucket that is filled up again within a minute.' },
    ),
  },
  { additionalProperties: false, default: {} },
)

export interface AccessOptions {
  readonly loopbackOpen?: boolean
  readonly hosts: readonly string[]
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  readonly oidc?: OidcOptions
  readonly rateLimit: { readonly perMinute: number; readonly unknownPerMinute: number }
}
