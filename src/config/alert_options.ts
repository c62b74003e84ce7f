import { Type, type TObject, type TProperties, type TSchema } from 'typebox'

import { durationPattern } from './units.ts'

const urlPattern = '^https?://'
const momentPattern = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$`

/** `alerts`: who is told what, and how. */
export const alertOptions: TSchema = Type.Object(
  {
    channels: Type.Optional(
      Type.Array(
        Type.Unsafe({
          type: 'object',
          required: ['type'],
          discriminator: { propertyName: 'type' },
          oneOf: [
            channel('slack', {
              webhookUrl: Type.Optional(secret('Address of an incoming webhook; whoever knows it can write there.')),
              webhookUrlFile: file('webhookUrl'),
              botToken: Type.Optional(secret('Token of a bot with chat:write, in place of webhookUrl: it can answer in threads and change what it has sent.')),
              botTokenFile: file('botToken'),
              channel: Type.Optional(Type.String({ minLength: 1, description: 'Where the bot writes: the id of a channel.' })),
              apiUrl: Type.Optional(Type.String({ default: 'https://slack.com/api', pattern: urlPattern, description: 'Of the Web API.' })),
            }),
            channel('webhook', {
              url: Type.Optional(secret('Where messages are posted to.')),
              urlFile: file('url'),
              secret: Type.Optional(secret('Signs messages as Standard Webhooks say: whsec_ and a key in base64; several with spaces between them.')),
              secretFile: file('secret'),
            }),
            channel('teams', {
              webhookUrl: Type.Optional(secret('Address that a workflow or connector of a channel shows.')),
              webhookUrlFile: file('webhookUrl'),
            }),
            channel('pagerduty', {
              routingKey: Type.Optional(secret('Integration key of Events API v2.')),
              routingKeyFile: file('routingKey'),
              apiUrl: Type.Optional(
                Type.String({ default: 'https://events.pagerduty.com', pattern: urlPattern, description: 'Of the Events API; that of the EU is another.' }),
              ),
            }),
            channel('opsgenie', {
              apiKey: Type.Optional(secret('Key of an API integration.')),
              apiKeyFile: file('apiKey'),
              apiUrl: Type.Optional(
                Type.String({ default: 'https://api.opsgenie.com', pattern: urlPattern, description: 'Of the alert API; that of the EU is another.' }),
              ),
            }),
            channel('email', {
              host: Type.String({ minLength: 1, description: 'Mail server.' }),
              port: Type.Optional(Type.Integer({ default: 587, minimum: 1, maximum: 65_535, description: 'Port of it.' })),
              security: Type.Optional(Type.Enum(['starttls', 'tls', 'none'], { default: 'starttls', description: 'starttls never goes on in clear.' })),
              username: Type.Optional(Type.String({ minLength: 1, description: 'Who logs in; nobody where absent.' })),
              password: Type.Optional(secret('Of the user.')),
              passwordFile: file('password'),
              from: Type.String({ minLength: 3, pattern: '@', description: 'Address of the sender.' }),
              to: Type.Array(Type.String({ minLength: 3, pattern: '@' }), { minItems: 1, description: 'Addresses that get it.' }),
            }),
            channel('kafka', {
              brokers: Type.Array(Type.String({ minLength: 1, pattern: String.raw`^\S+:\d{1,5}$` }), {
                minItems: 1,
                description: 'Addresses and ports of some brokers.',
              }),
              topic: Type.String({ minLength: 1, pattern: String.raw`^[\w.-]+$`, description: 'Topic to write to.' }),
              sasl: Type.Optional(
                Type.Object(
                  {
                    mechanism: Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'], { description: 'How the password is shown.' }),
                    username: Type.String({ minLength: 1, description: 'Who logs in.' }),
                    password: Type.Optional(secret('Of the user.')),
                    passwordFile: file('password'),
                  },
                  { additionalProperties: false, description: 'Login at the brokers.' },
                ),
              ),
              tls: Type.Optional(Type.Boolean({ default: false, description: 'Speak TLS with the brokers.' })),
            }),
            channel('syslog', {
              address: Type.String({ pattern: String.raw`^(?:\[[0-9A-Fa-f:.]+\]|[^:\s\[\]]+):\d{1,5}$`, description: 'Host and port of the collector.' }),
              protocol: Type.Optional(Type.Enum(['tcp', 'tls', 'udp'], { default: 'tcp', description: 'How it is sent.' })),
            }),
            channel('jira', {
              url: Type.String({ pattern: urlPattern, description: 'Of the site: https://example.atlassian.net.' }),
              email: Type.String({ minLength: 1, description: 'Whose token it is.' }),
              apiToken: Type.Optional(secret('API token of the account.')),
              apiTokenFile: file('apiToken'),
              project: Type.String({ minLength: 1, description: 'Key of the project.' }),
              issueType: Type.Optional(Type.String({ default: 'Task', minLength: 1, description: 'Of new issues.' })),
              closeTransition: Type.Optional(
                Type.String({ minLength: 1, description: 'Id or name of the transition that closes an issue; where absent it is only commented on.' }),
              ),
            }),
          ],
        }),
        { default: [], description: 'Where alerts go.' },
      ),
    ),
    allowedNetworks: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        default: [],
        description: 'Networks of your own that channels may lead to (10.0.0.0/8); public addresses need none.',
      }),
    ),
    timeout: duration('15s', 'How long a channel has to answer.'),
    proxy: Type.Optional(secret('Proxy of HTTP that channels go through: http://proxy:3128.')),
    proxyFile: file('proxy'),
  },
  { additionalProperties: false, default: {}, description: 'Who is told what is found.' },
)

/** After defaults; the keys of a channel are those of its type. */
export interface AlertOptions {
  readonly channels: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly type: string; readonly name: string }>
  readonly allowedNetworks: readonly string[]
  readonly timeout: string
  readonly proxy?: string
}

function channel(type: string, properties: TProperties): TObject {
  return Type.Object(
    {
      type: Type.Literal(type, { description: 'What takes the messages.' }),
      name: Type.String({ minLength: 1, maxLength: 80, description: 'Its name in messages, metrics and commands; each has its own.' }),
      ...properties,
      match: Type.Optional(
        Type.Array(filter({}), {
          description: 'It is told of what one of these holds for; of all findings where absent. Single events are told where kinds names them.',
        }),
      ),
      mute: Type.Optional(
        Type.Array(filter({ until: Type.Optional(Type.String({ pattern: momentPattern, description: 'RFC 3339; for good where absent.' })) }), {
          description: 'It is not told of what one of these holds for.',
        }),
      ),
      groupWait: duration('5s', 'How long the first message of a service waits for others.'),
      groupInterval: duration('5m', 'How long later ones wait.'),
      repeatInterval: duration('24h', 'After which a finding that stays is told again.'),
      quietHours: Type.Optional(Type.Array(quietHours(), { description: 'When only the worst is told; the rest comes as a digest afterwards.' })),
      maxPerHour: Type.Optional(
        Type.Integer({ default: 30, minimum: 1, maximum: 3600, description: 'Messages an hour; what is beyond waits and comes as a digest.' }),
      ),
      sendResolved: Type.Optional(Type.Boolean({ default: true, description: 'Tell when a finding is over.' })),
    },
    { additionalProperties: false },
  )
}

function filter(properties: TProperties): TObject {
  return Type.Object(
    {
      labels: Type.Optional(
        Type.Array(Type.Enum(['documented', 'undocumented', 'shadow', 'zombie', 'orphan', 'unseen', 'drift', 'blocked', 'unconfirmed']), {
          minItems: 1,
          description: 'Of an endpoint.',
        }),
      ),
      kinds: texts('Kinds of findings, as inv.shadow-service, or of events, as endpoint.appeared.'),
      severities: Type.Optional(Type.Array(severity(), { minItems: 1, description: 'Of a finding.' })),
      services: texts('Names or ids.'),
      dataClasses: texts('As email, payment_card.'),
      tags: texts('Of services, as the configuration gives them.'),
      ...properties,
    },
    { additionalProperties: false },
  )
}

function quietHours(): TObject {
  return Type.Object(
    {
      from: time('As 22:00.'),
      to: time('As 07:00, of the next day where it is earlier than from.'),
      timeZone: Type.Optional(Type.String({ default: 'UTC', minLength: 1, description: 'As Europe/Berlin.' })),
      days: Type.Optional(
        Type.Array(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), { default: [], description: 'On which they begin; every day where empty.' }),
      ),
      except: Type.Optional(Type.Array(severity(), { default: ['critical'], description: 'Severities that are told all the same.' })),
    },
    { additionalProperties: false },
  )
}

function texts(description: string): TSchema {
  return Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description }))
}

function time(description: string): TSchema {
  return Type.String({ pattern: String.raw`^(?:[01]\d|2[0-3]):[0-5]\d$`, description })
}

function severity(): TSchema {
  return Type.Enum(['info', 'low', 'medium', 'high', 'critical'])
}

function secret(description: string): TSchema {
  return Type.String({ 'minLength': 1, 'x-secret': true, description })
}

function file(name: string): TSchema {
  return Type.Optional(Type.String({ minLength: 1, description: `A file that holds ${name}.` }))
}

function duration(byDefault: string, description: string): TSchema {
  return Type.Optional(Type.String({ default: byDefault, pattern: durationPattern, examples: ['5s', '1h30m'], description }))
}
