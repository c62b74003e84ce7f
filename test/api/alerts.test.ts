import { expect, onTestFinished, test } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { guardedFolder } from './guarded.ts'
import { sampleAlerts } from './sample_alerts.ts'
import { json, served } from './served.ts'

interface Page {
  readonly channels: readonly object[]
  readonly items: ReadonlyArray<{ readonly id: number; readonly state: string }>
  readonly nextCursor: string | null
}

const page = async (url: string, query = ''): Promise<Page> => (await json(await fetch(`${url}/api/v1/alerts${query}`))) as unknown as Page
const ids = ({ items }: Page): readonly number[] => items.map(({ id }) => id)

test('messages are listed with their state and what they are about, newest first, beside how channels are doing', async () => {
  const { url } = await served()
  const { channels, items } = await page(url)
  expect(channels).toEqual([{ channel: 'security', type: 'slack', sent: 1, failed: 3, capped: 0, shed: 0, waiting: 1, dead: 1 }])
  expect(items.map(({ id, state }) => [id, state])).toEqual([
    [3, 'waiting'],
    [2, 'dead'],
    [1, 'sent'],
  ])
  expect(items[0]).toMatchObject({ tries: 2, notBefore: '2026-03-02T00:00:10.000Z', problem: 'it answers 503', itemCount: 1 })
  expect(items[1]).toMatchObject({ tries: 1, key: 'alert_0000000000000002', notBefore: null, problem: 'it answers 403' })
  expect(items[2]).toMatchObject({
    problem: null,
    itemCount: 2,
    items: [{ what: 'opened', endpoint: 'ep_0123456789abcdef', method: 'GET', template: '/a', operation: 'query GetUser' }, {}],
  })
  // What the channel calls a message leads to it.
  expect(JSON.stringify(items)).not.toContain('C1 1.2')
})

test('a page leads to the next one, and filters choose', async () => {
  const { url } = await served()
  const first = await page(url, '?limit=2')
  expect(ids(first)).toEqual([3, 2])
  const second = await page(url, `?limit=2&cursor=${first.nextCursor}`)
  expect([ids(second), second.nextCursor]).toEqual([[1], null])
  expect(ids(await page(url, '?state=dead'))).toEqual([2])
  expect(ids(await page(url, '?state=sent&channel=security'))).toEqual([1])
  expect(ids(await page(url, '?channel=other'))).toEqual([])
  expect((await fetch(`${url}/api/v1/alerts?state=lost`)).status).toBe(400)
})

test('a dead letter waits again, once, and that is kept in the audit', async () => {
  let woken = 0
  const guarded = guardedFolder()
  onTestFinished(guarded.close)
  const { url } = await served({ alerts: sampleAlerts(() => (woken += 1)) }, {}, guarded.access)
  const headers = { authorization: `Bearer ${guarded.token({ scopes: ['admin'] })}` }
  const retry = async (id: number): Promise<Response> => fetch(`${url}/api/v1/alerts/${id}/retry`, { method: 'POST', headers })
  const response = await retry(2)
  expect(response.status).toBe(200)
  expect(await json(response)).toMatchObject({ id: 2, state: 'waiting', tries: 0, notBefore: '2026-03-02T00:01:00.000Z' })
  expect([(await retry(2)).status, (await retry(1)).status, (await retry(9)).status, woken]).toEqual([409, 409, 404, 1])
  expect(guarded.store.audits(null, 10).map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
    ['retryAlert', '/api/v1/alerts/9/retry', 'refused'],
    ['retryAlert', '/api/v1/alerts/1/retry', 'refused'],
    ['retryAlert', '/api/v1/alerts/2/retry', 'refused'],
    ['retryAlert', '/api/v1/alerts/2/retry', 'done'],
  ])
})

test('where it cannot be kept that is said', async () => {
  const retry = (): never => {
    throw new TapistryError('STORAGE', 'the disk is full')
  }
  const { url } = await served({ alerts: { ...sampleAlerts(), retry } })
  const response = await fetch(`${url}/api/v1/alerts/2/retry`, { method: 'POST' })
  expect([response.status, await json(response)]).toMatchObject([503, { detail: 'the disk is full' }])
})
