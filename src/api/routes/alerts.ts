import { Type } from 'typebox'

import type { ListedAlert } from '../../alert/alert_desk.ts'
import { rfc3339 } from '../../base/clock.ts'
import { TapistryError } from '../../base/errors.ts'
import { state } from '../alert_schema.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, named, pageQuerySchema, type PageQuery } from '../schemas.ts'
import type { InventoryView } from '../view.ts'

/** What became of alerts. */
export function alertRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/alerts`,
      operationId: 'listAlerts',
      summary: 'How the channels of alerts are doing, and their messages, newest first: what waits, what was delivered and what was given up, with the reason',
      access: 'write',
      isNarrowed: false,
      query: closed({
        channel: Type.Optional(Type.String({ minLength: 1, maxLength: 80, description: 'The name of one.' })),
        state: Type.Optional(state()),
        ...pageQuerySchema,
      }),
      answers: { 200: { description: 'A page of them', content: { 'application/json': named('Alerts') } } },
      handle: (request, reply, { view }) => {
        const { channel = null, state: wanted = null, limit = limitDefault, cursor } = request.query as AlertQuery
        const [before] = cursor === undefined ? [null] : keyIn(cursor, 'alerts', ['number'])
        // One more tells whether there is a next page.
        const rows = view.alerts.messages({ channel, state: wanted }, before === null ? null : Number(before), limit + 1)
        const page = rows.slice(0, limit)
        const last = rows.length > limit ? page.at(-1) : undefined
        const list = listText(page.map(textOf), last === undefined ? null : cursorOf('alerts', [last.id]), request, reply)
        return reply.type(jsonType).send(`{"channels":${JSON.stringify(view.alerts.status())},${list.slice(1)}`)
      },
    },
    {
      method: 'POST',
      path: `${apiPath}/alerts/{id}/retry`,
      operationId: 'retryAlert',
      summary: 'Lets a message that was given up wait for delivery again',
      access: 'admin',
      isNarrowed: false,
      params: closed({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
      answers: {
        200: { description: 'It waits', content: { 'application/json': named('Alert') } },
        400: { description: 'The id is no number' },
        404: { description: 'There is no such message' },
        409: { description: 'It was not given up' },
        503: { description: 'It could not be kept' },
      },
      handle: (request, reply, { view }) => {
        const retried = retry(view, (request.params as { readonly id: number }).id)
        if (retried === null) throw new ProblemError({ status: 404, detail: `no alert has this id: ${apiPath}/alerts lists them` })
        const { alert, isRetried } = retried
        if (!isRetried) throw new ProblemError({ status: 409, detail: `it was not given up: it is ${alert.state}` })
        return reply.type(jsonType).send(textOf(alert))
      },
    },
  ]
}

interface AlertQuery extends PageQuery {
  readonly channel?: string
  readonly state?: ListedAlert['state']
}

function retry({ alerts }: InventoryView, id: number): ReturnType<InventoryView['alerts']['retry']> {
  try {
    return alerts.retry(id)
  } catch (thrown) {
    if (!(thrown instanceof TapistryError)) throw thrown
    throw new ProblemError({ status: 503, detail: thrown.message, headers: { 'retry-after': '1' } })
  }
}

function textOf({ atMs, notBeforeMs, state: own, ...alert }: ListedAlert): string {
  return JSON.stringify({ ...alert, state: own, at: rfc3339(atMs), notBefore: own === 'waiting' && notBeforeMs > 0 ? rfc3339(notBeforeMs) : null })
}
