import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import { tapistryVersion } from '../../src/base/version.ts'
import { commands } from '../../src/cli/commands.ts'
import { run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-usage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('help', () => {
  test('lists every command', async () => {
    const { exitCode, out } = await run(['--help'])
    expect(exitCode).toBe(0)
    for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`${name}.*${summary}`))
  })

  test.each(commands.map(({ name }) => name))('%s has help with examples', async (name) => {
    const { exitCode, out } = await run([name, '--help'])
    expect(exitCode).toBe(0)
    expect(out).toContain('Examples:')
    expect(out).toMatch(new RegExp(`\\$ .*tapistry ${name}|<\\(tapistry ${name}`))
  })

  test.each(['lint', 'list', 'show', 'add', 'remove'])('spec %s has help with examples', async (name) => {
    expect((await run(['spec', name, '--help'])).out).toContain('Examples:')
  })

  test('without anything prints help', async () => {
    expect((await run([])).out).toContain('Usage: tapistry')
  })

  test('a format that does not exist is refused with those that do', async () => {
    expect(await run(['scan', 'x.log', '--input-format', 'ndjson'])).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/auto, combined, .*exchanges, har/) as string,
    })
  })

  test('--version prints the version', async () => {
    expect(await run(['--version'])).toMatchObject({ exitCode: 0, out: `${tapistryVersion()}\n` })
  })
})

describe('wrong usage is one line and exit code 2', () => {
  test.each([
    ['an unknown command', ['scn'], /unknown command 'scn'.*Did you mean scan/],
    ['an unknown option', ['scan', 'x', '--spce', 'y'], /unknown option '--spce'.*--spec.*tapistry scan --help/],
    ['no input', ['scan'], /missing required argument 'input'/],
    ['a wrong format', ['scan', 'x', '--format', 'xml'], /table, json/],
    ['a wrong gate', ['scan', 'x', '--fail-on', 'shadow,bad'], /--fail-on bad: a label/],
    ['no gate', ['scan', 'x', '--fail-on', ''], /--fail-on names no gate: a label/],
    ['gates of nothing but commas', ['scan', 'x', '--fail-on', ' , '], /--fail-on names no gate/],
    ['a host that is none', ['scan', 'x', '--host', 'bad host name'], /--host bad host name: a host such as/],
    ['no data folder', ['run', '--file', 'x', '--data-dir', ''], /--data-dir: is empty; name a folder/],
    ['a URL as host', ['scan', 'x', '--host', 'https://api.example.com/v1'], /a host such as/],
    ['a wrong number of workers', ['scan', 'x', '--workers', '0'], /from 1 to 64/],
    ['an interface', ['scan', '--interface', 'eth0', 'x'], /not in this release/],
    ['a wrong filter', ['scan', 'x', '--filter', 'tcp prot 80'], /packet filter "tcp prot 80": .*syntax error|need libpcap/],
    [
      'a log format that names no request',
      ['scan', 'x', '--input-format', '$remote_addr $status'],
      /log format cannot be used: .*\$request, or \$method and \$path/,
    ],
    ['no request', ['match'], /no inventory is named/],
    ['no inventory', ['export', 'csv'], /no inventory is named/],
    ['an unknown document', ['export', 'word'], /Allowed choices are openapi/],
    ['an unknown shell', ['completion', 'tcsh'], /bash, zsh, fish/],
    ['an unknown measurement', ['bench', 'nothing'], /no measurement is called nothing/],
    ['a sub-command that is missing', ['spec'], /a command is missing|lint/],
  ])('%s', async (_, argv, message) => {
    const { exitCode, out, err } = await run(argv)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(exitCode).toBe(2)
    expect(out).toBe('')
  })
})

describe('completion', () => {
  test('bash: the script is valid and completes commands, options and values', async () => {
    const { out } = await run(['completion', 'bash'])
    const file = join(folder, 'tapistry.bash')
    writeFileSync(file, out)
    const complete = (...words: string[]): string[] => {
      const script = `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _tapistry; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', cwd: folder })
      expect(stderr).toBe('')
      return stdout.trimEnd().split('\n')
    }
    expect(complete('tapistry', 'sc')).toContain('scan')
    expect(complete('tapistry', 'scan', '--fo')).toEqual(['--format'])
    expect(complete('tapistry', 'scan', '--format', 's')).toEqual(['sarif'])
    expect(complete('tapistry', 'spec', 'l')).toEqual(['lint', 'list'])
    expect(complete('tapistry', 'export', 'o')).toContain('openapi')
    expect(complete('tapistry', 'scan', '--fail-on', 'sh')).toEqual(['shadow'])
    expect(complete('tapistry', 'bench', 'start')).toContain('startup')
  })

  test.each(['zsh', 'fish'])('%s: names the commands', async (shell) => {
    const { out } = await run(['completion', shell])
    for (const { name } of commands) expect(out).toContain(name)
  })
})

describe('config', () => {
  test('check says that all is well, or what is not and where', async () => {
    writeFileSync(join(folder, 'good.yaml'), 'listen: 127.0.0.1:1\n')
    writeFileSync(join(folder, 'bad.yaml'), 'lisetn: 127.0.0.1:1\n')
    expect(await run(['config', 'check', 'good.yaml'], { cwd: folder })).toMatchObject({ exitCode: 0, out: 'good.yaml: no problem found\n' })
    expect(await run(['config', 'check', 'bad.yaml'], { cwd: folder })).toMatchObject({
      exitCode: 2,
      err: 'tapistry: bad.yaml:1:1: unknown key lisetn: did you mean listen?\n',
    })
  })

  test('show masks secrets', async () => {
    const { out } = await run(['config', 'show'], {
      cwd: folder,
      env: { TAPISTRY_STORAGE__TYPE: 'postgres', TAPISTRY_STORAGE__URL: 'postgres://user:hidden@db' },
    })
    expect(out).toContain('url: "***"')
    expect(out).not.toContain('hidden')
  })

  test('schema prints JSON Schema', async () => {
    expect(JSON.parse((await run(['config', 'schema'])).out)).toMatchObject({ title: 'Tapistry configuration' })
  })
})

describe('spec', () => {
  test('lint names what is wrong, and fails', async () => {
    writeFileSync(
      join(folder, 'broken.yaml'),
      'openapi: 3.1.0\ninfo: { title: A, version: "1" }\npaths: { /a: { get: { responses: { "200": { $ref: "#/nowhere" } } } } }\n',
    )
    const { exitCode, out } = await run(['spec', 'lint', 'broken.yaml'], { cwd: folder })
    expect(exitCode).toBe(1)
    expect(out).toMatch(/^broken\.yaml:3:\d+: .*nowhere/m)
  })

  test('lint says a thing once', async () => {
    writeFileSync(join(folder, 'cut.yaml'), 'openapi: 3.1.0\npaths: [\n')
    const lines = (await run(['spec', 'lint', 'cut.yaml'], { cwd: folder })).out.split('\n')
    expect(new Set(lines).size).toBe(lines.length)
  })

  test('lint says that a file is missing, without an invented place, and that it could not do its work', async () => {
    expect(await run(['spec', 'lint', 'nowhere.yaml', 'broken.yaml'], { cwd: folder })).toMatchObject({
      exitCode: 3,
      out: expect.stringMatching(/^nowhere\.yaml: no such file or folder\nbroken/) as string,
    })
  })

  test('list and show read what they can', async () => {
    expect((await run(['spec', 'list', 'examples'])).out).toMatch(/Payments 2\.1\.0[\s\S]*Shop 1\.4\.0/)
    expect((await run(['spec', 'show', 'examples/shop.yaml'])).out).toMatch(/GET {5}\/v1\/products\/\{productId\} {2}\(getProduct\)/)
    expect(await run(['spec', 'list', 'nowhere.yaml'])).toMatchObject({ exitCode: 3 })
  })
})
