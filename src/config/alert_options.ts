import { Type, type TSchema } from 'typebox'

import { durationPattern } from './units.ts'

/** One entry of `alerts.channels`. */
export const alertOptions: TSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Tells channels apart.' }),
    type: Type.Enum(['slack', 'webhook', 'siem', 'pagerduty', 'jira', 'alertmanager'], { description: 'What takes the messages.' }),
    webhookUrl: Type.Optional(Type.String({ 'x-secret': true, 'description': 'Where messages go; whoever knows it can write there.' })),
    webhookUrlFile: Type.Optional(Type.String({ minLength: 1, description: 'A file that holds webhookUrl.' })),
    match: Type.Optional(
      Type.Array(
        Type.Object(
          {
            labels: Type.Optional(
              Type.Array(Type.Enum(['documented', 'undocumented', 'shadow', 'zombie', 'orphan', 'unseen', 'drift', 'blocked', 'unconfirmed']), {
                description: 'Of an endpoint.',
              }),
            ),
            severities: Type.Optional(Type.Array(Type.Enum(['info', 'low', 'medium', 'high', 'critical']), { description: 'Of a finding.' })),
            services: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Names.' })),
          },
          { additionalProperties: false },
        ),
        { description: 'Any of these; all findings where absent.' },
      ),
    ),
    groupWait: duration('5s', 'How long the first message of a group waits for others.'),
    groupInterval: duration('5m', 'How long changes of a group wait.'),
    repeatInterval: duration('24h', 'After which a finding that stays is told again.'),
  },
  { additionalProperties: false },
)

function duration(byDefault: string, description: string): TSchema {
  return Type.Optional(Type.String({ default: byDefault, pattern: durationPattern, examples: ['5s', '1h30m'], description }))
}
