import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, expect, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'
import { Random } from '../traffic/random.ts'

/* Law: what is exported is valid, and read again it documents all that it was made of, and nothing else. */

const folder = mkdtempSync(join(tmpdir(), 'tapistry-openapi-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hosts = ['api.example.com', 'api.example.com:8080', 'api.example.com:80', '10.0.0.2', '10.0.0.2:443', '[2001:db8::1]:9000', 'localhost'] as const
const methods = ['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'MYVERB', 'constructor', 'options'] as const
const paths = [
  '/',
  '/users',
  '/users/17',
  '/users/17/cards/4f6c1e9a-6b0e-4f7e-9a55-0c7a0a1b2c3d',
  '/users/me',
  '/v2/users/9',
  '/a%20b/c',
  '/files/report.pdf',
  '/x:activate',
  '/orders/2026-01-02',
  '/__proto__/constructor',
] as const
const bodies = [undefined, { id: 1 }, { id: 'x', tags: ['a'] }, [{ a: null }], 'text', { nested: { constructor: 1, __proto__: null } }] as const
const headers = [{}, { authorization: 'Bearer abcdefghijkl' }, { authorization: 'Basic eDp5' }, { 'x-api-key': 'k-1234567890', 'x-shop': 'a' }] as const

test.each(Array.from({ length: 12 }, (_, seed) => seed))('of random traffic %i', async (seed) => {
  const random = new Random(seed)
  const [input, specs] = [join(folder, `${seed}.ndjson`), join(folder, `specs-${seed}`)]
  writeFileSync(input, Array.from({ length: 120 }, () => `${JSON.stringify(exchange(random))}\n`).join(''))
  expect(await run(['scan', input, '--format', 'openapi', '-o', specs])).toMatchObject({ exitCode: 0, err: '' })
  for (const name of readdirSync(specs)) expect(await new Validator().validate(readFileSync(join(specs, name), 'utf8')), name).toMatchObject({ valid: true })

  const before = endpointsOf(await run(['scan', input, '--format', 'json']))
  const { err, out, exitCode } = await run(['scan', input, '--format', 'json', '--spec', specs])
  expect([exitCode, err]).toEqual([0, ''])
  const after = endpointsOf({ out })
  expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name))
  expect(after.filter(({ labels }) => labels !== 'documented')).toEqual([])
})

function exchange(random: Random): Record<string, unknown> {
  const resBody = random.pick(bodies)
  return {
    method: random.pick(methods),
    host: random.pick(hosts),
    path: random.pick(paths),
    status: random.pick([200, 200, 201, 204, 404]),
    query: random.pick(['', 'page=2', 'page=2&sort=up']),
    reqHeaders: random.pick(headers),
    ...(resBody === undefined ? {} : { resHeaders: { 'content-type': 'application/json' }, resBody }),
  }
}

function endpointsOf({ out }: { readonly out: string }): { name: string; labels: string }[] {
  const { services } = JSON.parse(out) as InventoryDocument
  return services.flatMap(({ name, endpoints }) =>
    endpoints.map(({ method, template, labels }) => ({ name: `${method} ${name}${template}`, labels: labels.join() })),
  )
}
