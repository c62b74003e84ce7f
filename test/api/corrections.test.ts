import { describe, expect, test } from 'vitest'

import { endpointId } from '../../src/inventory/endpoint.ts'
import type { EndpointLine } from '../../src/output/ndjson.ts'
import type { Row } from '../inventory/build.ts'
import { deciding, type Deciding } from './deciding.ts'

const user = { id: 1, name: 'a', email: 'b', createdAt: 'c' }
const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory', 'oscar']
const service = 'api.example.com'
const rows: readonly Row[] = [
  ...names.map((name): Row => ({ service, path: `/users/${name}`, responseBody: user })),
  ...['load', 'save', 'send'].map((name): Row => ({ service, path: `/jobs/${name}`, status: 204 })),
  { service, path: '/orders/{int}', hidden: { '1': [1, 2] }, responseBody: { total: 1 } },
  { service, path: '/orders/{int}/items/{int}', hidden: { '1': [1, 2], '3': [1, 2] }, responseBody: { price: 1 } },
]
const id = (template: string): string => endpointId(service, 'GET', template)

async function templates(desk: Deciding, part: string): Promise<readonly string[]> {
  const { body } = await desk.ask('GET', `/endpoints?service=${service}&q=${part}`)
  return (body['items'] as readonly EndpointLine[]).map(({ template }) => template)
}

describe('corrections over REST', () => {
  test('split words off, at once, told and reversible', async () => {
    const desk = await deciding(rows)
    const made = await desk.ask('POST', `/endpoints/${id('/users/{}')}/split`, { words: ['bob', 'alice'] })
    expect(made).toMatchObject({
      status: 200,
      body: { kind: 'split', serviceName: service, place: '/users', words: ['alice', 'bob'], endpoint: id('/users/{}'), by: 'loopback' },
    })
    expect(await templates(desk, '/users')).toEqual(['/users/alice', '/users/bob', '/users/{userName}'])
    const { body } = await desk.ask('GET', `/endpoints/${id('/users/alice')}`)
    expect(body['templateInfo']).toMatchObject({ decisions: [{ segment: 1, name: 'alice', rule: 'person' }] })
    expect(desk.told(id('/users/{}')).map(({ what, details }) => [what, details['by']])).toEqual([['split', 'loopback']])
    expect((await desk.ask('GET', '/corrections')).body).toEqual({ items: [made.body], nextCursor: null })
    expect((await desk.ask('DELETE', `/corrections/${String(made.body['id'])}`)).status).toBe(204)
    expect(await templates(desk, '/users')).toEqual(['/users/{userName}'])
    expect(desk.told(id('/users/{}')).map(({ what }) => what)).toEqual(['split', 'correction_removed'])
    expect((await desk.ask('DELETE', `/corrections/${String(made.body['id'])}`)).status).toBe(404)
  })

  test('merge siblings, whose ids lead to what they are now', async () => {
    const desk = await deciding(rows)
    const siblings = ['/jobs/save', '/jobs/send'].map(id)
    const made = await desk.ask('POST', `/endpoints/${id('/jobs/load')}/merge`, { endpoints: siblings })
    expect(made).toMatchObject({ status: 200, body: { kind: 'merge', words: ['load', 'save', 'send'], endpoint: id('/jobs/{}') } })
    expect(await templates(desk, '/jobs')).toEqual(['/jobs/{jobName}'])
    const moved = await fetch(`${desk.server.url}/api/v1/endpoints/${id('/jobs/save')}`, { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([308, `/api/v1/endpoints/${id('/jobs/{}')}`])
    expect((await desk.ask('GET', `/endpoints/${id('/jobs/{}')}`)).body['templateInfo']).toMatchObject({ aliases: ['/jobs/load', '/jobs/save', '/jobs/send'] })
    expect(desk.told(id('/jobs/save')).map(({ what }) => what)).toContain('merged')
    // What was asked of an old id is said of the new one.
    expect((await desk.ask('POST', `/endpoints/${id('/jobs/save')}/split`, { words: ['save'] })).body).toMatchObject({ endpoint: id('/jobs/{}') })
    expect(await templates(desk, '/jobs')).toEqual(['/jobs/save', '/jobs/{jobName}'])
  })

  test('rename a parameter, and move nothing', async () => {
    const desk = await deciding(rows)
    const template = '/orders/{}/items/{}'
    expect((await desk.ask('POST', `/endpoints/${id(template)}/rename`, { name: 'order' })).body).toMatchObject({ errors: [{ pointer: '/body/parameter' }] })
    const made = await desk.ask('POST', `/endpoints/${id(template)}/rename`, { parameter: 'orderId', name: 'order' })
    expect(made).toMatchObject({ status: 200, body: { kind: 'rename', place: '/orders/{}', name: 'order', endpoint: id(template) } })
    expect(await templates(desk, '/orders')).toEqual(['/orders/{order}', '/orders/{order}/items/{itemId}'])
    expect((await desk.ask('GET', `/endpoints/${id(template)}`)).status).toBe(200)
    const taken = await desk.ask('POST', `/endpoints/${id(template)}/rename`, { parameter: 'itemId', name: 'order' })
    expect(taken).toMatchObject({ status: 409, body: { errors: [{ pointer: '/body/name' }] } })
  })

  test('pin a template whatever comes, until it is unpinned', async () => {
    const desk = await deciding(rows)
    expect((await desk.ask('POST', `/endpoints/${id('/jobs/load')}/pin`)).body).toMatchObject({ kind: 'pin', template: '/jobs/load' })
    const more = Array.from({ length: 40 }, (_, at): Row => ({ service, path: `/jobs/x${at}y-${at}`, responseBody: user }))
    await desk.see([
      ...more,
      { service, path: '/jobs/{int}', hidden: { '1': [1, 2] }, responseBody: user },
      { service, path: '/jobs/load', responseBody: user },
    ])
    expect(await templates(desk, '/jobs')).toContain('/jobs/load')
    expect((await desk.ask('DELETE', `/endpoints/${id('/jobs/load')}/pin`)).status).toBe(204)
    expect((await desk.ask('DELETE', `/endpoints/${id('/jobs/load')}/pin`)).status).toBe(404)
    expect(desk.told(id('/jobs/load')).map(({ what }) => what)).toEqual(expect.arrayContaining(['pinned', 'unpinned']))
  })

  test('pin every endpoint and nothing changes', async () => {
    const desk = await deciding(rows)
    const shown = async (): Promise<readonly string[]> => templates(desk, '/')
    const before = await shown()
    const { body } = await desk.ask('GET', '/endpoints')
    for (const endpoint of body['items'] as readonly EndpointLine[]) {
      expect((await desk.ask('POST', `/endpoints/${endpoint.id}/pin`)).status).toBe(200)
      expect(await shown()).toEqual(before)
    }
  })

  const wrong: ReadonlyArray<readonly [path: string, body: unknown, status: number, pointer: string | null]> = [
    [`${id('/users/{}')}/split`, { words: [] }, 400, '/body/words'],
    [`${id('/users/{}')}/split`, { words: ['a/b'] }, 400, '/body/words/0'],
    [`${id('/users/{}')}/split`, { words: ['a'], parameter: 'nobody' }, 400, '/body/parameter'],
    [`${id('/jobs/load')}/split`, { words: ['load'] }, 400, '/body/parameter'],
    [`${id('/jobs/load')}/merge`, { endpoints: [id('/users/{}')] }, 400, '/body/endpoints/0'],
    [`${id('/jobs/load')}/merge`, { endpoints: [id('/jobs/load')] }, 400, '/body/endpoints/0'],
    [`${id('/jobs/load')}/merge`, { endpoints: ['ep_0000000000000000'] }, 400, '/body/endpoints/0'],
    [`${id('/users/{}')}/rename`, { name: '1' }, 400, '/body/name'],
    ['ep_0000000000000000/pin', undefined, 404, null],
    ['ep_0000000000000000/merge', { endpoints: [id('/jobs/load')] }, 404, null],
  ]
  test.each(wrong)('are refused: %s %o', async (path, body, status, pointer) => {
    const desk = await deciding(rows)
    const answer = await desk.ask('POST', `/endpoints/${path}`, body)
    expect(answer.status).toBe(status)
    if (pointer !== null) expect(answer.body['errors']).toMatchObject([{ pointer }])
    expect(desk.repository.decisions()).toEqual([])
  })

  test('leave what a spec names', async () => {
    const spec = JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Orders', version: '1' },
      servers: [{ url: `https://${service}` }],
      paths: { '/orders/{number}': { get: { responses: { 200: { description: 'ok' } } } } },
    })
    const desk = await deciding(rows)
    expect((await desk.ask('POST', '/specs', spec)).status).toBe(201)
    expect(await templates(desk, '/orders')).toContain('/orders/{number}')
    expect((await desk.ask('POST', `/endpoints/${id('/orders/{}')}/rename`, { name: 'order' })).status).toBe(409)
  })
})
