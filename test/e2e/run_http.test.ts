import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { killDaemons, launchDaemon } from './daemon.ts'
import { exchangeLines, post, sourceOf, stopped } from './rest.ts'
import { exchangesIn, runFolder, type RunFolder } from './run_folder.ts'
import { until } from './until.ts'

let at: RunFolder
beforeEach(() => {
  at = runFolder()
})
afterEach(() => {
  killDaemons()
  at.remove()
})

describe('the daemon, of bodies over HTTP', () => {
  it('ends at once with a second signal, and says which was the first', async () => {
    const daemon = launchDaemon(['--config', at.configured([{ type: 'http' }])])
    // A body that never ends keeps it from closing.
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(exchangeLines(1))) })
    const hanging = daemon
      .get('/api/v1/ingest/exchanges', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body, duplex: 'half' })
      .catch(() => null)
    await until(async () => (await sourceOf(daemon, 'http')).detail === '1 bodies are being read')
    daemon.signal('SIGINT')
    expect(await daemon.says(/^stopping/)).toMatchObject({ signal: 'SIGINT' })
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toBe(143)
    await hanging
    expect(exchangesIn(await at.exported())).toBe(0)
  })

  it('drains within a bound though a client never ends its body', async () => {
    const daemon = launchDaemon(['--config', at.configured([{ type: 'http' }])])
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(exchangeLines(1))) })
    const hanging = daemon
      .get('/api/v1/ingest/exchanges', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body, duplex: 'half' })
      .catch(() => null)
    await until(async () => (await sourceOf(daemon, 'http')).detail === '1 bodies are being read')
    await stopped(daemon)
    expect(daemon.log().at(-1)).toMatchObject({ message: 'stopped' })
    await hanging
    expect(exchangesIn(await at.exported())).toBe(0)
  })

  it('says that nothing can be kept while its database is gone, and goes on once it is back', async () => {
    const daemon = launchDaemon(['--config', at.configured([{ type: 'http' }])])
    expect((await post(daemon, exchangeLines(2))).status).toBe(200)
    const database = join(at.data, 'tapistry.db')
    renameSync(database, join(at.folder, 'away.db'))
    const answer = await daemon.get('/readyz')
    expect([answer.status, await answer.json()]).toMatchObject([503, { reasons: [expect.stringMatching(/was deleted or moved away .*put it back/)] }])
    expect(await daemon.says(/^nothing can be kept: /)).toMatchObject({ level: 'error', reason: expect.stringContaining('tapistry.db') as string })
    expect((await post(daemon, exchangeLines(3))).status).toBe(503)
    renameSync(join(at.folder, 'away.db'), database)
    await daemon.says(/^what is read is kept again$/)
    expect((await daemon.get('/readyz')).status).toBe(200)
    // Nothing of the refused body was kept: who sends it again is not counted twice.
    expect((await post(daemon, exchangeLines(3))).status).toBe(200)
    await stopped(daemon)
    expect(exchangesIn(await at.exported())).toBe(5)
  })

  it('answers 200 for what is kept, and counts a key once, across its own end', async () => {
    const daemon = launchDaemon(['--config', at.configured([{ type: 'http' }])])
    const answer = await post(daemon, `${exchangeLines(20)}nonsense\n`, { 'idempotency-key': 'one' })
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { exchanges: 20, rejected: 1, rejectedBy: { not_object: { count: 1, firstLine: 21, lastShape: 'a' } }, repeated: false },
    ])
    expect((await sourceOf(daemon, 'http')).lastRejected).toEqual({ not_object: 'a' })
    expect((await post(daemon, exchangeLines(5))).status).toBe(200)
    daemon.signal('SIGKILL')
    await daemon.ended
    expect(exchangesIn(await at.exported())).toBe(25)
    const again = launchDaemon(['--config', at.configured([{ type: 'http' }])])
    expect(await (await post(again, `${exchangeLines(20)}nonsense\n`, { 'idempotency-key': 'one' })).json()).toMatchObject({
      exchanges: 20,
      rejected: 1,
      repeated: true,
    })
    expect((await sourceOf(again, 'http')).counts).toMatchObject({ bodiesRepeated: 1, exchanges: 0 })
    const wrong = await post(again, exchangeLines(1), { 'idempotency-key': 'two words' })
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
    expect(await wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: '/header/idempotency-key' }] })
    const undecodable = await post(again, gzipSync(exchangeLines(3)).subarray(0, -9), { 'content-encoding': 'gzip' })
    expect(undecodable.status).toBe(400)
    await stopped(again)
    expect(exchangesIn(await at.exported())).toBe(25)
  })
})
