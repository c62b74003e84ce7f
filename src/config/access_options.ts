import { Type, type TSchema } from 'typebox'

/** Who may ask the daemon. */
export const accessOptions: TSchema = Type.Object(
  {
    loopbackOpen: Type.Optional(
      Type.Boolean({
        description: 'Whether requests to a loopback address need no token. Where absent: as long as no token was ever made. Other addresses always need one.',
      }),
    ),
    hosts: Type.Array(Type.String({ minLength: 1, pattern: String.raw`^[\w.-]+$` }), {
      default: [],
      description: 'Names under which the daemon is asked, beside localhost and addresses: of a proxy before it, or in DNS.',
    }),
  },
  { additionalProperties: false, default: { hosts: [] } },
)

export interface AccessOptions {
  readonly loopbackOpen?: boolean
  readonly hosts: readonly string[]
}
