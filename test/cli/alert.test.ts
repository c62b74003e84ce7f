import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { openDataFolder } from '../../src/storage/data_folder.ts'
import { openAccessStore } from '../../src/storage/access_store.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { openReceiver, type Receiver } from '../alert/receiver.ts'
import { change } from '../storage/sample.ts'
import { run } from './run.ts'

let folder = ''
let receiver: Receiver
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-alert-'))
  receiver = await openReceiver(() => ({ status: 200 }))
})
afterEach(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

function configured(channel: string): string {
  const path = join(folder, 'tapistry.yaml')
  writeFileSync(path, `dataDir: ${folder}/data\nalerts:\n  allowedNetworks: [127.0.0.1]\n  channels: [${channel}]\n`)
  return path
}

const hook = (): string => configured(`{ name: ops, type: webhook, url: "${receiver.url}/secret-path" }`)

describe('alert test', () => {
  test('sends a message that says that it is a test', async () => {
    expect(await run(['alert', 'test', 'ops', '--config', hook()])).toEqual({ exitCode: 0, out: 'ops: the message was taken\n', err: '' })
    expect(receiver.received).toMatchObject([{ path: '/secret-path', body: { type: 'alert.test', data: { total: 0 } } }])
  })

  test('says why it was not taken, without the address', async () => {
    receiver.queue({ status: 403, body: 'secret' })
    expect(await run(['alert', 'test', 'ops', '--config', hook()])).toEqual({
      exitCode: 3,
      out: '',
      err: 'tapistry: ops: the message was not taken: it answers 403\n',
    })
  })

  test('names the channels that there are', async () => {
    expect(await run(['alert', 'test', 'osp', '--config', hook()])).toMatchObject({ exitCode: 2, err: 'tapistry: no channel is named "osp": there are ops\n' })
    expect(await run(['alert', 'test', 'ops', '--config', configured('')])).toMatchObject({
      exitCode: 2,
      err: 'tapistry: no channel is named "ops": the configuration has none\n',
    })
  })
})

describe('dead letters', () => {
  const dataDir = (): string => join(folder, 'data')

  function withDead(): void {
    openDataFolder(dataDir())
    const repository = sqliteRepository(join(dataDir(), 'tapistry.db'))
    const details = { title: 'GET a.example.com/x is in use\u001b[31m', service: 'a.example.com' }
    const notice = { channel: 'ops', what: 'opened', mark: 'high ', severity: 'high', bundle: 'svc_1', atMs: 0, details } as const
    const message = { channel: 'ops', form: 'new', of: null, atMs: Date.parse('2026-03-02T09:00:00.000Z') } as const
    for (const id of [1, 2]) {
      repository.commit(change({ basis: id - 1, notices: [{ ...notice, fingerprint: `fnd_${id}` }] }))
      repository.outbox.compose([{ ...message, key: `k${id}`, notices: [id] }])
      repository.outbox.settle(id, { state: 'dead', tries: 1, problem: 'it answers 404' })
    }
    repository.close()
  }

  test('are shown, and wait again one by one or all', async () => {
    withDead()
    const line = (id: number): string => `${id}  2026-03-02T09:00:00.000Z  ops: GET a.example.com/x is in use\\u{1b}[31m (it answers 404)\n`
    const show = async (): Promise<string> => (await run(['alert', 'list', '--data-dir', dataDir()])).out
    expect(await show()).toBe(line(1) + line(2))
    expect((await run(['alert', 'retry', '2', '--data-dir', dataDir()])).out).toBe('1 alert waits for delivery; the daemon sees it within seconds\n')
    expect(await show()).toBe(line(1))
    expect((await run(['alert', 'retry', '--all', '--config', hook()])).out).toMatch(/^1 alert waits/)
    expect(await show()).toBe('nothing was given up\n')
    const store = openAccessStore(dataDir(), () => undefined)
    onTestFinished(store.close)
    expect(store.audits(null, 10).map(({ action, target }) => [action, target])).toEqual([
      ['retryAlert', '1'],
      ['retryAlert', '2'],
    ])
  })

  const wrong: ReadonlyArray<readonly [argv: readonly string[], exitCode: number, message: RegExp]> = [
    [['retry'], 2, /name alerts by the numbers .* or all of them with --all/],
    [['retry', '1', '--all'], 2, /name alerts by the numbers/],
    [['retry', 'x'], 2, /x: a number such as 17 is expected/],
    [['retry', '99'], 2, /99: no alert with this number was given up/],
  ]
  test.each(wrong)('alert %j is refused', async (argv, exitCode, message) => {
    withDead()
    expect(await run(['alert', ...argv, '--data-dir', dataDir()])).toMatchObject({ exitCode, err: expect.stringMatching(message) })
  })

  test('a folder that is not there is named, and not made', async () => {
    expect(await run(['alert', 'list', '--data-dir', join(folder, 'nowhere')])).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/there is no such data folder/),
    })
  })
})
