import { Type, type TSchema } from 'typebox'

import { scopes as known } from '../access/scope.ts'
import { tokenState, type Token } from '../access/token.ts'
import { rfc3339 } from '../base/clock.ts'
import { leftAligned, printable } from './text.ts'

/** What `token list --format json` writes. */
export function tokensText(tokens: readonly Token[], nowMs: number): string {
  return `${JSON.stringify({ tokens: tokens.map((token) => tokenDocument(token, nowMs)) }, null, 2)}\n`
}

export function tokenListSchema(): TSchema {
  const moment = Type.String()
  const token = Type.Object(
    {
      id: Type.String({ pattern: '^tok_[0-9a-f]{16}$' }),
      name: Type.String(),
      state: Type.Enum(['active', 'expired', 'revoked']),
      scopes: Type.Array(Type.Enum([...known])),
      services: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'What it is limited to; null for all.' }),
      created: moment,
      expires: Type.Union([moment, Type.Null()]),
      lastUsed: Type.Union([moment, Type.Null()], { description: 'Within a minute.' }),
      revoked: Type.Union([moment, Type.Null()]),
    },
    { additionalProperties: false },
  )
  return Type.Object(
    { tokens: Type.Array(token) },
    { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Tokens of tapistry token list --format json', additionalProperties: false },
  )
}

function tokenDocument(token: Token, nowMs: number): object {
  const { id, name, scopes, services, createdMs, expiresMs, lastUsedMs, revokedMs } = token
  return {
    id,
    name,
    state: tokenState(token, nowMs),
    scopes,
    services,
    created: momentOf(createdMs),
    expires: momentOf(expiresMs),
    lastUsed: momentOf(lastUsedMs),
    revoked: momentOf(revokedMs),
  }
}

/** All of them for people, a line each. */
export function tokensTable(tokens: readonly Token[], nowMs: number): string {
  if (tokens.length === 0) return 'there are no tokens: tapistry token create makes one\n'
  const rows = tokens.map((token) => [
    printable(token.name),
    token.id,
    tokenState(token, nowMs),
    token.scopes.join(','),
    token.services === null ? 'all' : printable(token.services.join(',')),
    minuteOf(token.expiresMs),
    minuteOf(token.lastUsedMs),
  ])
  const lines = [['name', 'id', 'state', 'scopes', 'services', 'expires (UTC)', 'last used (UTC)'], ...rows]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => leftAligned(cell, widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function momentOf(ms: number | null): string | null {
  return ms === null ? null : rfc3339(ms)
}

function minuteOf(ms: number | null): string {
  return ms === null ? 'never' : (rfc3339(ms) ?? '?').slice(0, 16).replace('T', ' ')
}
