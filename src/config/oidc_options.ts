import { Type, type TSchema } from 'typebox'

import { durationPattern } from './units.ts'

/** Logins of an issuer of OpenID Connect. */
export const oidcOptions: TSchema = Type.Object(
  {
    issuer: Type.String({
      pattern: String.raw`^https?://\S+$`,
      examples: ['https://login.example.com'],
      description: 'As its /.well-known/openid-configuration writes it.',
    }),
    audience: Type.Optional(
      Type.String({ minLength: 1, description: 'What its access tokens are for, in `aud`: with it JWTs are taken as tokens, of machines say.' }),
    ),
    clientId: Type.Optional(
      Type.String({ minLength: 1, description: 'How the issuer knows Tapistry: with it people log in with a browser; needs publicUrl.' }),
    ),
    clientSecret: Type.Optional(Type.String({ 'x-secret': true, 'description': 'What Tapistry shows the issuer; none for a public client.' })),
    clientSecretFile: Type.Optional(Type.String({ minLength: 1, description: 'A file that holds clientSecret.' })),
    scopes: Type.Array(Type.String({ minLength: 1 }), {
      default: ['openid', 'profile'],
      description: 'What is asked of the issuer for a login; openid is among them.',
    }),
    sessionLifetime: Type.String({ default: '8h', pattern: durationPattern, examples: ['30s', '8h'], description: 'How long a login lasts.' }),
    algorithms: Type.Array(Type.Enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']), {
      default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      minItems: 1,
      description: 'How JWTs may be signed.',
    }),
    clockTolerance: Type.String({ default: '30s', pattern: durationPattern, examples: ['30s', '8h'], description: 'How far its clock may be from ours.' }),
    roles: Type.Object(
      {
        claim: Type.String({ default: 'roles', minLength: 1, description: 'Where roles are: a claim, or the way to it as in `realm_access.roles`.' }),
        servicesClaim: Type.Optional(
          Type.String({
            minLength: 1,
            description:
              'Where the services are that somebody is limited to, by name or id; `*` is no limit, and who has none sees none. Nobody is limited where absent.',
          }),
        ),
        ...Object.fromEntries(
          ['read', 'write', 'admin', 'ingest'].map((scope) => [
            scope,
            Type.Array(Type.String({ minLength: 1 }), { default: [], description: `Roles that give the scope ${scope}.` }),
          ]),
        ),
      },
      { additionalProperties: false, default: {}, description: 'Which roles may do what; somebody without any of them may do nothing.' },
    ),
  },
  { additionalProperties: false, description: 'Logins by OpenID Connect.' },
)

export interface OidcOptions {
  readonly issuer: string
  readonly audience?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  readonly sessionLifetime: string
  readonly algorithms: readonly string[]
  readonly clockTolerance: string
  readonly roles: { readonly claim: string; readonly servicesClaim?: string } & { readonly [S in 'read' | 'write' | 'admin' | 'ingest']: readonly string[] }
}
