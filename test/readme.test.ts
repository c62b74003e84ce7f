import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const lines = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => (block ?? '').trim().split('\n'))
const commands = lines.filter((line) => line.includes('bin/tapistry') && !line.includes('tapistry run'))
const daemons = lines.filter((line) => line.includes('tapistry run'))
const folder = mkdtempSync(join(tmpdir(), 'tapistry-readme-'))

describe('README.md', () => {
  beforeAll(() => {
    symlinkSync(join(root, 'examples'), join(folder, 'examples'))
    copyFileSync(join(root, 'examples/shop.pcap'), join(folder, 'traffic.pcap'))
    writeFileSync(join(folder, 'recording.har'), JSON.stringify(har))
    writeFileSync(
      join(folder, 'tapistry.yaml'),
      [...readme.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '').find((block) => block.includes('type: interface')) ?? '',
    )
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('has commands that this test finds', () => expect(commands.length).toBeGreaterThan(8))

  // In their order: one makes what the next one reads.
  it.each(commands)('%s', (command) => {
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command.replaceAll('bin/tapistry', join(root, 'bin/tapistry'))], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(command.includes('--fail-on') ? 1 : 0)
    if (!command.includes(' -o ')) expect(stdout + stderr).not.toBe('')
  })

  it('has daemons that this test finds', () => expect(daemons.length).toBeGreaterThan(2))

  // An address that is refused ends them when everything was understood and before anything is opened.
  it.each(daemons)('%s', (command) => {
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
    const words = `${command.replaceAll('bin/tapistry', join(root, 'bin/tapistry'))} --listen 192.0.2.1:7411`
    const { status, stderr } = spawnSync('sh', ['-c', words], { cwd: folder, env, encoding: 'utf8', timeout: 30_000 })
    expect(stderr).toContain('can be reached from other machines')
    expect(status).toBe(2)
  })

  it('points to files that are there', () => {
    for (const [, target = ''] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) expect(existsSync(join(root, target)), target).toBe(true)
  })
})

const har = {
  log: {
    version: '1.2',
    entries: [
      {
        startedDateTime: '2026-03-02T09:00:00.000Z',
        time: 5,
        request: { method: 'GET', url: 'https://api.example.com/users/42', headers: [] },
        response: { status: 200, headers: [], content: { size: 8, mimeType: 'application/json', text: '{"id":42}' } },
      },
    ],
  },
}
