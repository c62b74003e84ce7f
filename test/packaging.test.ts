import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { platformName } from '../src/source/load_binding.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tapistry-packaging-'))
const installed = join(folder, 'app/node_modules/tapistry')
const launcher = join(folder, 'app/node_modules/.bin/tapistry')
/** Where the machine's own Node lies, apart from the clone's that runs this test. */
const machineNode = ['/usr/bin', '/usr/local/bin'].find((bin) => existsSync(join(bin, 'node')))

describe('the tarball of npm pack, installed into an empty folder', () => {
  let listed: readonly string[] = []

  beforeAll(async () => {
    expect(existsSync(join(root, 'dist/cli/main.js')), 'dist/ is there: run `npm run build`').toBe(true)
    // What is packed is what was built: a build of its own would race with commands that other tests run.
    const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root)
    expect(packed.code, packed.stderr).toBe(0)
    const [tarball] = JSON.parse(packed.stdout) as ReadonlyArray<{ readonly filename: string; readonly files: ReadonlyArray<{ readonly path: string }> }>
    listed = tarball?.files.map(({ path }) => path) ?? []
    const app = join(folder, 'app')
    await run('mkdir', ['-p', app], folder)
    writeFileSync(join(app, 'package.json'), '{"name":"app","version":"1.0.0","private":true}\n')
    const made = await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball?.filename ?? '')], app)
    expect(made.code, made.stderr).toBe(0)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('carries what it needs, and nothing else', () => {
    for (const path of [
      'LICENSE',
      'bin/tapistry',
      'dist/cli/main.js',
      'examples/shop.pcap',
      'native/Cargo.lock',
      'native/digest/data/letters.txt',
      'native/node/src/lib.rs',
      `npm/${platformName()}/package.json`,
      `npm/${platformName()}/tapistry.${platformName()}.node`,
      'tools/build.mjs',
    ]) {
      expect(listed).toContain(path)
    }
    for (const ending of ['.sql', '.schema.json']) expect(listed.filter((path) => path.endsWith(ending)).length).toBeGreaterThan(0)
    expect(listed.filter((path) => /^(src|test|node_modules|native\/(fuzz|target)|native\/\w+\/tests)\//.test(path))).toEqual([])
  })

  it('lays the engine out as a package of its platform', () => {
    const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
    const manifest = JSON.parse(readFileSync(join(installed, 'npm', platformName(), 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>
    expect(manifest).toMatchObject({
      name: `@tapistry/native-${platformName()}`,
      version: own.version,
      main: `tapistry.${platformName()}.node`,
      os: [process.platform],
      cpu: [process.arch],
    })
  })

  it('was not built anew by the installation, and brings production packages alone', () => {
    expect(existsSync(join(installed, 'native/target'))).toBe(false)
    const packages = readdirSync(join(folder, 'app/node_modules'))
    expect(packages).toContain('better-sqlite3')
    expect(packages).not.toContain('vitest')
  })

  it('runs the demo', async () => {
    const { code, stdout, stderr } = await run(launcher, ['demo'], folder, [dirname(process.execPath)])
    expect(code, stderr).toBe(0)
    for (const word of ['shadow', 'undocumented', 'zombie', '/orders']) expect(stdout).toContain(word)
  })

  it('runs with damaged compiled code, and without any', async () => {
    const cli = join(installed, 'dist/cli')
    const code = readdirSync(cli).find((file) => /^program\..*\.code$/.test(file)) ?? ''
    const whole = readFileSync(join(cli, code))
    for (const damaged of [whole.subarray(0, whole.length / 2), Buffer.from('no code'), null]) {
      if (damaged === null) rmSync(join(cli, code))
      else writeFileSync(join(cli, code), damaged)
      const { code: ended, stdout, stderr } = await run(launcher, ['demo'], folder, [dirname(process.execPath)])
      expect(ended, stderr).toBe(0)
      expect(stdout).toContain('/orders')
    }
  })

  it('says in one sentence what it needs under an older Node', async (context) => {
    const version = machineNode && (await run(join(machineNode, 'node'), ['-v'], folder)).stdout.trim()
    const [major = 0, minor = 0] = version ? version.slice(1).split('.').map(Number) : []
    if (!machineNode || major > 24 || (major === 24 && minor >= 12)) {
      console.log(`skipped: no Node older than 24.12 on this machine (found ${version || 'none'})`)
      context.skip()
      return
    }
    const { code, stdout, stderr } = await run(launcher, ['demo'], folder, [machineNode])
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 })
    expect(stderr).toContain('needs Node.js 24.12 or newer')
    expect(stderr).toContain(version)
  })

  it('says how to build the engine where there is none for the platform', async () => {
    const file = join(installed, 'npm', platformName(), `tapistry.${platformName()}.node`)
    rmSync(file)
    const { code, stderr } = await run(launcher, ['demo', '--quiet'], folder, [dirname(process.execPath)])
    expect(code).toBeGreaterThan(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/no native engine for \S+: install Rust .*(npm run build|node tools\/build\.mjs)/)
  })
})

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. `folders`, if given, come first on PATH and no other Node does. */
function run(program: string, parameters: readonly string[], cwd: string, folders?: readonly string[]): Promise<Ended> {
  const others = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !existsSync(join(entry, 'node')))
  // npm takes the settings of the npm that runs the tests from the environment; a user has none of them.
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  const env = folders ? { ...clean, PATH: [...folders, ...others, '/bin'].join(delimiter) } : clean
  return new Promise((resolve) => {
    execFile(program, [...parameters], { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr })
    })
  })
}
