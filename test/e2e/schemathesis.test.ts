import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { installedSchemathesis } from './schemathesis/installed.ts'
import { until } from './until.ts'

const program = installed()
const folder = mkdtempSync(join(tmpdir(), 'tapistry-schemathesis-'))

afterAll(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(program === null)('Schemathesis', () => {
  test('finds no failure of the server, no answer that the document does not have, and none of another form', async () => {
    const token = (await run(['token', 'create', '--scope', 'admin', '--data-dir', join(folder, 'data')])).out.trim()
    const daemon = launchDaemon(['--config', configured()])
    const headers = { authorization: `Bearer ${token}` }
    const api = await documentOf(daemon, headers)
    const operations = Object.values(api.paths).flatMap((item) => Object.keys(item)).length
    // One that can be changed and removed; those of the configuration cannot.
    const own = await daemon.get('/api/v1/specs', { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(payApi) })
    expect(own.status).toBe(201)
    const config = await settings(daemon, headers)
    const { code, out } = await ended(
      ['--config-file', config, 'run', join(folder, 'api.json'), '--url', await daemon.address(), '--header', `Authorization: ${headers.authorization}`],
      ['--phases', 'coverage,fuzzing', '--max-examples', '3', '--generation-deterministic', '--continue-on-failure', '--no-color'],
      ['--checks', checks.join(','), '--request-timeout', '20'],
    )
    expect(code, `${out.slice(0, 20_000)}\n${daemon.said()}`).toBe(0)
    // All but the stream of events, which does not end.
    expect(out).toContain(`Tested: ${operations - 1}`)
    const [, cases = '0'] = /(\d+) generated, \1 passed/.exec(out) ?? []
    console.log(`${cases} requests to ${operations - 1} operations`)
    expect(Number(cases)).toBeGreaterThan(1_000)
    expect(daemon.log().filter(({ level }) => level === 'error')).toEqual([])
    expect(daemon.said()).not.toContain(token)
    expect((await daemon.get('/readyz')).status).toBe(200)
  })
})

const payApi = { openapi: '3.1.0', info: { title: 'Pay', version: '1' }, servers: [{ url: 'https://pay.example.com' }], paths: { '/cards': { get: {} } } }

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'ignored_auth',
]

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Record<string, unknown> }>>>>
}

/** Writes the document of the daemon without `default`, which would make every status a documented one. */
async function documentOf(daemon: DaemonProcess, headers: Readonly<Record<string, string>>): Promise<ApiDocument> {
  const api = (await (await daemon.get('/api/v1/openapi.json', { headers })).json()) as ApiDocument
  for (const item of Object.values(api.paths)) for (const { responses } of Object.values(item)) delete responses['default']
  writeFileSync(join(folder, 'api.json'), JSON.stringify(api))
  return api
}

/** Ids that are there for half of what is asked, so that not all of it ends with 404. */
async function settings(daemon: DaemonProcess, headers: Readonly<Record<string, string>>): Promise<string> {
  const idsOf = async (path: string): Promise<readonly string[]> =>
    until(async () => {
      const { items } = (await (await daemon.get(path, { headers })).json()) as { readonly items: ReadonlyArray<{ readonly id: string }> }
      return items.length > 0 && items.map(({ id }) => id)
    })
  const lists = { endpoints: 'endpoints?service=shop.example.com', findings: 'findings', services: 'services', specs: 'specs', sources: 'sources' }
  let text = `hooks = ${JSON.stringify(fileURLToPath(new URL('schemathesis/hooks.py', import.meta.url)))}\n`
  for (const [name, path] of Object.entries(lists)) {
    const ids = await idsOf(`/api/v1/${path}${path.includes('?') ? '&' : '?'}limit=20`)
    text += `[dictionaries.${name}]\nvalues = ${JSON.stringify(ids)}\n`
    text += `[[operations]]\ninclude-path-regex = "/api/v1/${name}/[{]"\nparameters = { "path.id" = { dictionary = "${name}", probability = 0.5 } }\n`
  }
  text += '[[operations]]\ninclude-path = "/api/v1/exports/openapi"\nparameters = { "query.service" = { dictionary = "services", probability = 0.5 } }\n'
  const path = join(folder, 'schemathesis.toml')
  writeFileSync(path, `${text}[[operations]]\ninclude-path = "/api/v1/events"\nenabled = false\n`)
  return path
}

function configured(): string {
  const path = join(folder, 'tapistry.yaml')
  const sources = [{ type: 'pcap', path: join(packageFolder, 'examples', 'shop.pcap') }, { type: 'http' }]
  const specs = [{ path: join(packageFolder, 'examples', 'shop.yaml') }]
  writeFileSync(path, JSON.stringify({ dataDir: join(folder, 'data'), listen: '127.0.0.1:0', sources, specs }))
  return path
}

function ended(...words: ReadonlyArray<readonly string[]>): Promise<{ readonly code: unknown; readonly out: string }> {
  return new Promise((resolve) => {
    execFile(program ?? '', words.flat(), { cwd: folder, maxBuffer: 2 ** 26 }, (thrown, out, err) => resolve({ code: thrown?.code ?? 0, out: out + err }))
  })
}

/** None where it cannot be had; it says why. */
function installed(): string | null {
  try {
    return installedSchemathesis()
  } catch (thrown) {
    console.log(`skipped: ${(thrown as Error).message}`)
    return null
  }
}
