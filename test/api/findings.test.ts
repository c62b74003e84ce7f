import { describe, expect, onTestFinished, test } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import type { Severity } from '../../src/inventory/document.ts'
import type { FindingLine } from '../../src/output/finding_line.ts'
import { deciding, type Deciding } from './deciding.ts'
import { guardedFolder } from './guarded.ts'
import { sampleInventory, sampleKnown } from './sample_inventory.ts'
import { served } from './served.ts'

const dayMs = 86_400_000

describe('GET /api/v1/findings', () => {
  const all = sampleInventory.findings
  const names = new Map(sampleInventory.services.map(({ id, name }) => [id, name]))
  const cases: ReadonlyArray<readonly [query: string, matches: (finding: (typeof all)[number]) => boolean]> = [
    ['', () => true],
    ['kind=inv.shadow-service', ({ kind }) => kind === 'inv.shadow-service'],
    ['severity=high', ({ severity }) => severity === 'high'],
    ['state=open', () => true],
    ['state=resolved', () => false],
    ['service=PAY.example.com', ({ service }) => names.get(service) === 'pay.example.com'],
    [`service=${all[0]?.service}`, ({ service }) => service === all[0]?.service],
    [`endpoint=${all.find(({ endpoint }) => endpoint !== null)?.endpoint}`, ({ endpoint }) => endpoint === all.find((one) => one.endpoint !== null)?.endpoint],
    ['owner=team-shop', ({ owner }) => owner === 'team-shop'],
    ['since=2026-03-04', ({ lastSeen }) => (lastSeen ?? '') >= '2026-03-04'],
    ['q=CARDS', ({ title }) => title.includes('cards')],
  ]
  test.each(cases)('?%s', async (query, matches) => {
    const server = await served()
    const { items } = (await (await fetch(`${server.url}/api/v1/findings?limit=500&${query}`)).json()) as { items: readonly FindingLine[] }
    expect(items.map(({ id }) => id).toSorted()).toEqual(
      all
        .filter(matches)
        .map(({ id }) => id)
        .toSorted(),
    )
  })

  const rank: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']
  test.each(['severity', 'kind', 'count', 'firstSeen', 'lastSeen', '-severity', '-count'])('pages by %s are the whole list, in order', async (sort) => {
    const server = await served()
    const found: FindingLine[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const url = `${server.url}/api/v1/findings?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`
      const page = (await (await fetch(url)).json()) as { items: readonly FindingLine[]; nextCursor: string | null }
      found.push(...page.items)
      cursor = page.nextCursor
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(all.length)
    const order = sort.replace('-', '') as 'severity' | 'kind' | 'count' | 'firstSeen' | 'lastSeen'
    const keys = found.map((finding) => (order === 'severity' ? rank.indexOf(finding.severity) : (finding[order] ?? '')))
    const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    expect(keys).toEqual(sort.startsWith('-') ? sorted.toReversed() : sorted)
  })

  test('gives the worst first, with names', async () => {
    const server = await served()
    const { items } = (await (await fetch(`${server.url}/api/v1/findings`)).json()) as { items: readonly FindingLine[] }
    const [first] = items
    expect(rank.indexOf(first?.severity ?? 'info')).toBe(Math.max(...all.map(({ severity }) => rank.indexOf(severity))))
    expect(items.find(({ endpoint }) => endpoint !== null)).toMatchObject({ serviceName: expect.stringContaining('.example.com'), method: expect.any(String) })
  })

  test('streams CSV and NDJSON', async () => {
    const server = await served()
    const csv = await (await fetch(`${server.url}/api/v1/findings?format=csv`)).text()
    expect(csv.split('\r\n')).toHaveLength(all.length + 2)
    expect(csv).toMatch(/^severity,kind,state,service,method,template,title,/)
    const lines = (await (await fetch(`${server.url}/api/v1/findings?format=ndjson`)).text()).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as FindingLine).id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
  })
})

describe('what people decide of a finding', () => {
  test('is shown, kept and told', async () => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    const answer = await desk.ask('PATCH', `/findings/${id}`, { state: 'acknowledged', owner: 'team-pay', reason: 'known', due: '2026-04-01' })
    expect(answer).toMatchObject({
      status: 200,
      body: { id, state: 'acknowledged', owner: 'team-pay', reason: 'known', due: '2026-04-01', decidedBy: 'loopback' },
    })
    expect((await desk.ask('GET', `/findings/${id}`)).body).toEqual(answer.body)
    expect((await desk.ask('GET', '/findings?state=acknowledged')).body['items']).toEqual([answer.body])
    expect(desk.told(id)).toMatchObject([{ kind: 'finding', what: 'decided', details: { by: 'loopback', state: 'acknowledged', owner: 'team-pay' } }])
    expect(desk.repository.decisions()).toMatchObject([{ id, by: 'loopback', body: { kind: 'finding', state: 'acknowledged' } }])
  })

  test('stays where the next decision does not name it, and is taken back by null', async () => {
    const desk = await deciding()
    const { id, owner } = await shadow(desk)
    await desk.ask('PATCH', `/findings/${id}`, { state: 'acknowledged', owner: 'team-pay', reason: 'known' })
    expect((await desk.ask('PATCH', `/findings/${id}`, { reason: null })).body).toMatchObject({ state: 'acknowledged', owner: 'team-pay', reason: null })
    expect((await desk.ask('PATCH', `/findings/${id}`, { state: null, owner: null })).body).toMatchObject({ state: 'open', owner })
  })

  test('resolves it, until it is seen again', async () => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    expect((await desk.ask('PATCH', `/findings/${id}`, { state: 'resolved' })).body).toMatchObject({ state: 'resolved' })
    await desk.see([{ service: 'logs.example.com', path: '/health', source: 'logs', count: 5, atMs: Date.UTC(2026, 2, 2) }])
    expect((await desk.ask('GET', `/findings/${id}`)).body).toMatchObject({ state: 'resolved' })
    await desk.ask('PATCH', `/findings/${id}`, { owner: 'team-pay' })
    await desk.see([{ service: 'pay.example.com', path: '/cards', responseBody: { number: '4' }, atMs: Date.UTC(2026, 2, 2) + 9 * dayMs }])
    expect((await desk.ask('GET', `/findings/${id}`)).body).toMatchObject({ state: 'reopened' })
    expect(desk.told(id).map(({ what }) => what)).toEqual(['decided', 'resolved', 'decided', 'opened'])
    expect((await desk.ask('PATCH', `/findings/${id}`, { state: 'resolved' })).body).toMatchObject({ state: 'resolved' })
  })

  test('is refused where others have decided since; traffic is no conflict', async () => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    const { etag } = await desk.ask('GET', `/findings/${id}`)
    await desk.see([{ service: 'pay.example.com', path: '/cards', responseBody: { number: '4' }, atMs: Date.UTC(2026, 2, 2) + 9 * dayMs }])
    const { etag: busy } = await desk.ask('GET', `/findings/${id}`)
    expect(busy).not.toBe(etag)
    expect((await desk.ask('PATCH', `/findings/${id}`, { owner: 'one' }, { 'if-match': etag ?? '' })).status).toBe(200)
    const late = await desk.ask('PATCH', `/findings/${id}`, { owner: 'other' }, { 'if-match': etag ?? '' })
    expect(late).toMatchObject({ status: 412, body: { status: 412 } })
    expect((await desk.ask('PATCH', `/findings/${id}`, { owner: 'other' }, { 'if-match': late.etag ?? '' })).status).toBe(200)
    expect((await desk.ask('PATCH', `/findings/${id}`, { owner: 'any' }, { 'if-match': '*' })).status).toBe(200)
    const { etag: now } = await desk.ask('GET', `/findings/${id}`)
    expect((await desk.ask('GET', `/findings/${id}`, undefined, { 'if-none-match': now ?? '' })).status).toBe(304)
  })

  const wrong: ReadonlyArray<readonly [name: string, body: unknown, headers: Readonly<Record<string, string>>, status: number, pointer: string | null]> = [
    ['nothing', {}, {}, 400, '/body'],
    ['no JSON', '{', {}, 400, '/body'],
    ['a list', [], {}, 400, '/body'],
    ['a key that is not known', { stat: 'open' }, {}, 400, '/body/stat'],
    ['a state that is none', { state: 'closed' }, {}, 400, '/body/state'],
    ['a day that is none', { due: '2026-13-40' }, {}, 400, '/body/due'],
    ['a day that the month has not', { due: '2026-02-31' }, {}, 400, '/body/due'],
    ['no reason where one is needed', { state: 'suppressed' }, {}, 400, '/body/reason'],
    ['too much', { reason: 'x'.repeat(70_000) }, {}, 413, null],
    ['another type', 'state=open', { 'content-type': 'application/x-www-form-urlencoded' }, 415, null],
    ['a coding', { state: 'open' }, { 'content-encoding': 'gzip' }, 415, '/header/content-encoding'],
  ]
  test.each(wrong)('is refused with a pointer: %s', async (_, body, headers, status, pointer) => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    const answer = await desk.ask('PATCH', `/findings/${id}`, body, headers)
    expect(answer.status).toBe(status)
    if (pointer !== null) expect(answer.body).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ pointer })]) })
    expect(desk.repository.decisions()).toEqual([])
  })

  const clear: ReadonlyArray<readonly [body: object, errors: readonly object[]]> = [
    [{ state: 'closed' }, [{ pointer: '/body/state', detail: 'must be one of open, acknowledged, resolved, suppressed' }]],
    [{ owner: 5 }, [{ pointer: '/body/owner', detail: 'must be string or null' }]],
    [{ owner: '' }, [{ pointer: '/body/owner', detail: 'must NOT have fewer than 1 characters' }]],
    [
      { due: 'soon', owner: [] },
      [
        { pointer: '/body/owner', detail: 'must be string or null' },
        { pointer: '/body/due', detail: 'is not written as expected' },
      ],
    ],
  ]
  test.each(clear)('has one error for each field that is wrong: %j', async (patch, errors) => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    const { body } = await desk.ask('PATCH', `/findings/${id}`, patch)
    expect(body['errors']).toEqual(errors)
  })

  test('is not shown where it cannot be kept', async () => {
    const keep = (): never => {
      throw new TapistryError('STORAGE', 'the disk is full')
    }
    const desk = await deciding(undefined, { decisions: { all: () => [], count: () => 0, keep } })
    const { id } = await shadow(desk)
    expect(await desk.ask('PATCH', `/findings/${id}`, { state: 'resolved' })).toMatchObject({ status: 503, body: { detail: 'the disk is full' } })
    expect((await desk.ask('GET', `/findings/${id}`)).body).toMatchObject({ state: 'open' })
  })

  test('needs a finding', async () => {
    const desk = await deciding()
    expect((await desk.ask('PATCH', '/findings/fnd_0000000000000000', { state: 'open' })).status).toBe(404)
  })
})

describe('suppressions', () => {
  test('are no merge patch, which decisions of findings may be', async () => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    const type = { 'content-type': 'application/merge-patch+json' }
    expect((await desk.ask('PATCH', `/findings/${id}`, { state: 'acknowledged' }, type)).status).toBe(200)
    expect((await desk.ask('POST', '/suppressions', { service: 'pay.example.com', reason: 'a test' }, type)).status).toBe(415)
  })

  test('hide what is meant, also what comes later, until they are taken back', async () => {
    const desk = await deciding()
    const made = await desk.ask('POST', '/suppressions', { kind: 'inv.shadow-service', service: 'PAY.example.com', reason: 'a test' })
    expect(made).toMatchObject({ status: 201, body: { kind: 'inv.shadow-service', reason: 'a test', until: null, isOver: false, findings: 1, by: 'loopback' } })
    const { id } = await shadow(desk)
    expect((await desk.ask('GET', `/findings/${id}`)).body).toMatchObject({ state: 'suppressed' })
    expect(await states(desk, 'logs.example.com')).toContain('open')
    expect((await desk.ask('GET', '/suppressions')).body).toEqual({ items: [made.body], nextCursor: null })
    const suppression = String(made.body['id'])
    expect((await desk.ask('DELETE', `/suppressions/${suppression}`)).status).toBe(204)
    expect((await desk.ask('GET', `/findings/${id}`)).body).toMatchObject({ state: 'open' })
    expect((await desk.ask('DELETE', `/suppressions/${suppression}`)).status).toBe(404)
    expect(desk.told(suppression).map(({ what }) => what)).toEqual(['suppressed', 'unsuppressed'])
  })

  test('give way to what was decided of the finding itself', async () => {
    const desk = await deciding()
    const { id } = await shadow(desk)
    await desk.ask('PATCH', `/findings/${id}`, { state: 'acknowledged' })
    await desk.ask('POST', '/suppressions', { service: 'pay.example.com', reason: 'a test' })
    expect((await desk.ask('GET', `/findings/${id}`)).body).toMatchObject({ state: 'acknowledged' })
    expect(await states(desk, 'pay.example.com')).toContain('suppressed')
  })

  test('and decisions name the token that they were made with, and are audited', async () => {
    const guarded = guardedFolder()
    onTestFinished(guarded.close)
    const desk = await deciding(undefined, {}, sampleKnown(), guarded.access)
    const headers = { authorization: `Bearer ${guarded.token({ scopes: ['write'] })}` }
    const [name] = guarded.store.tokens().map((token) => token.name)
    const made = await desk.ask('POST', '/suppressions', { service: 'pay.example.com', reason: 'a test' }, headers)
    expect(made).toMatchObject({ status: 201, body: { by: name } })
    const id = String(made.body['id'])
    expect(desk.told(id)).toMatchObject([{ what: 'suppressed', details: { by: name } }])
    expect((await desk.ask('DELETE', `/suppressions/${id}`, undefined, headers)).status).toBe(204)
    await expect
      .poll(() => guarded.store.audits(null, 9))
      .toMatchObject([
        { action: 'deleteSuppression', actor: { name }, outcome: 'done' },
        { action: 'suppress', actor: { name }, outcome: 'done' },
      ])
  })

  test('may name what was not seen yet, and say so', async () => {
    const desk = await deciding()
    const seen = async (body: object): Promise<unknown> => (await desk.ask('POST', '/suppressions', { reason: 'a test', ...body })).body['isSeen']
    expect(await seen({ service: 'pay.example.com' })).toBe(true)
    expect(await seen({ service: 'later.example.com' })).toBe(false)
    expect(await seen({ kind: 'inv.shadow-service' })).toBe(true)
    expect(await seen({ endpoint: 'ep_0000000000000000' })).toBe(false)
  })

  test('are refused where the kind is none, with the kinds that are', async () => {
    const desk = await deciding()
    const refused = async (kind: string): Promise<object> => desk.ask('POST', '/suppressions', { kind, reason: 'x' })
    const named = (detail: unknown): object => ({ status: 422, body: { errors: [{ pointer: '/body/kind', detail }] } })
    expect(await refused('inv.shadow-servise')).toMatchObject(named('is no kind of finding: did you mean inv.shadow-service?'))
    expect(await refused('nonsense')).toMatchObject(named(expect.stringMatching(/^is no kind of finding: .*inv\.shadow-service, /)))
    expect(desk.repository.decisions()).toEqual([])
  })

  const wrong: ReadonlyArray<readonly [body: unknown, pointer: string]> = [
    [{ reason: 'x' }, '/body'],
    [{ service: 'a', reason: 'x', until: '2099-02-31' }, '/body/until'],
    [{ kind: 'inv.shadow-service' }, '/body/reason'],
    [{ service: 'a', reason: 'x', until: '2020-01-01' }, '/body/until'],
    [{ endpoint: 'orders', reason: 'x' }, '/body/endpoint'],
  ]
  test.each(wrong)('are refused: %o', async (body, pointer) => {
    const desk = await deciding()
    expect(await desk.ask('POST', '/suppressions', body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } })
  })
})

/** The shadow service of the sample. */
async function shadow(desk: Deciding): Promise<FindingLine> {
  const { body } = await desk.ask('GET', '/findings?kind=inv.shadow-service&service=pay.example.com')
  const [finding] = body['items'] as readonly FindingLine[]
  if (finding === undefined) throw new Error('the sample has no shadow service')
  return finding
}

async function states(desk: Deciding, service: string): Promise<readonly string[]> {
  const { body } = await desk.ask('GET', `/findings?service=${service}`)
  return (body['items'] as readonly FindingLine[]).map(({ state }) => state)
}
