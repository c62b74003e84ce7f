import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { sampleView, serve, served, type Served } from '../api/served.ts'
import { run } from './run.ts'

let server: Served
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-sources-'))
  server = await serve()
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.close()
})

describe('sources', () => {
  test('are printed with their state, and what is wrong with them', async () => {
    expect(await run(['sources', '--server', server.url])).toEqual({
      exitCode: 0,
      err: '',
      out:
        'down      interface:eth1\n' +
        '          no such device; tried again at 2026-03-02T09:00:10.000Z\n' +
        'up        log:/var/log/access.log  access.log at its end\n',
    })
  })

  test('are written whole as JSON, over all pages', async () => {
    const [one] = sampleView.sources()
    const many = Array.from({ length: 1_200 }, (_, at) => Object.assign({}, one, { id: `log:/${at}` }))
    const large = await served({ sources: () => many })
    const file = join(folder, 'sources.json')
    expect(await run(['sources', '--server', large.url, '--format', 'json', '-o', file])).toMatchObject({ exitCode: 0, out: '' })
    const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items: typeof many }
    expect(new Set(items.map(({ id }) => id)).size).toBe(1_200)
  })

  test('of nobody, of another server and of no URL are refused with what to do', async () => {
    const other = createServer((_, response) => response.setHeader('connection', 'close').end('{}')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    expect(await run(['sources', '--server', `http://127.0.0.1:${port}`])).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('this is no daemon of Tapistry') as string,
    })
    other.close()
    await once(other, 'close')
    expect(await run(['sources', '--server', `http://127.0.0.1:${port}`])).toMatchObject({
      exitCode: 3,
      err: `tapistry: http://127.0.0.1:${port}: nobody listens there; start the daemon with \`tapistry run\`, or name another with --server\n`,
    })
    expect(await run(['sources', '--server', 'nowhere'])).toMatchObject({ exitCode: 2 })
  })
})
