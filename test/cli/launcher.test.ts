import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'

/*
 * The launcher is tested in a folder of its own: bin/ is the real one, dist/cli/main.js tells which node runs it, and the nodes are scripts
 * that know two things, their version and how to say that they were started.
 */
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tapistry launcher '))
  mkdirSync(join(root, 'bin'))
  copyFileSync(join(packageFolder, 'bin', 'tapistry'), join(root, 'bin', 'tapistry'))
  mkdirSync(join(root, 'dist', 'cli'), { recursive: true })
  writeFileSync(join(root, 'dist', 'cli', 'main.js'), '')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** What Node takes for itself: its own options, then the script. */
const dropOptionsAndScript = 'while [ "${1#--}" != "$1" ]; do shift; done; shift'

function fakeNode(path: string, version: string): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = -v ]; then echo ${version}; exit; fi\n${dropOptionsAndScript}\necho "${version}" "$@"\n`)
  chmodSync(path, 0o755)
}

function launch(launcher: string, parameters: readonly string[], path: string, cwd: string = root) {
  const { status, stdout, stderr } = spawnSync(launcher, parameters, { encoding: 'utf8', cwd, env: { PATH: `${path}:/usr/bin:/bin` } })
  return { status, stdout, stderr }
}

/** A PATH folder whose `node` has this version; '' for one that hides every node. */
function pathWith(version: string): string {
  const folder = join(root, 'path')
  if (version === '') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'node'), '#!/bin/sh\nexit 127\n')
    chmodSync(join(folder, 'node'), 0o755)
  } else fakeNode(join(folder, 'node'), version)
  return folder
}

describe('which node', () => {
  test.each([['v24.12.0'], ['v24.21.0'], ['v25.0.0'], ['v100.1.2']])('PATH has %s: it is used', (version) => {
    expect(launch(join(root, 'bin', 'tapistry'), ['scan', 'a b', ''], pathWith(version))).toEqual({ status: 0, stdout: `${version} scan a b \n`, stderr: '' })
  })

  test.each([['v24.11.9'], ['v20.20.2'], ['v8.0.0'], ['garbage'], ['']])('PATH has %j: the one of the clone is used', (version) => {
    fakeNode(join(root, 'node_modules', 'node', 'bin', 'node'), 'v24.20.0')
    expect(launch(join(root, 'bin', 'tapistry'), [], pathWith(version)).stdout).toBe('v24.20.0\n')
  })

  test('an installed package uses the node beside it', () => {
    const installed = join(root, 'app', 'node_modules', 'tapistry')
    mkdirSync(join(installed, 'bin'), { recursive: true })
    copyFileSync(join(root, 'bin', 'tapistry'), join(installed, 'bin', 'tapistry'))
    mkdirSync(join(installed, 'dist', 'cli'), { recursive: true })
    writeFileSync(join(installed, 'dist', 'cli', 'main.js'), '')
    fakeNode(join(root, 'app', 'node_modules', 'node', 'bin', 'node'), 'v24.13.0')
    mkdirSync(join(root, 'app', 'node_modules', '.bin'))
    symlinkSync('../tapistry/bin/tapistry', join(root, 'app', 'node_modules', '.bin', 'tapistry'))
    expect(launch(join(root, 'app', 'node_modules', '.bin', 'tapistry'), [], pathWith('v20.0.0')).stdout).toBe('v24.13.0\n')
  })

  test.each([
    ['v20.20.2', /found v20\.20\.2/],
    ['', /found none/],
  ])('none is new enough (%j): one sentence and exit code 2', (version, found) => {
    const { status, stdout, stderr } = launch(join(root, 'bin', 'tapistry'), [], pathWith(version))
    expect(stderr).toMatch(/needs Node\.js 24\.12 or newer/)
    expect(stderr).toMatch(found)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })
})

test('works from any folder and through symlinks', () => {
  const path = pathWith('v24.12.0')
  mkdirSync(join(root, 'elsewhere'))
  symlinkSync('../bin/tapistry', join(root, 'elsewhere', 'one'))
  symlinkSync(join(root, 'elsewhere', 'one'), join(root, 'elsewhere', 'two'))
  expect(launch(join(root, 'elsewhere', 'two'), ['x'], path, tmpdir()).stdout).toBe('v24.12.0 x\n')
  expect(launch('./one', ['x'], path, join(root, 'elsewhere')).stdout).toBe('v24.12.0 x\n')
})

test('without dist/ it says what builds it', () => {
  rmSync(join(root, 'dist'), { recursive: true })
  expect(launch(join(root, 'bin', 'tapistry'), [], pathWith('v24.12.0'))).toEqual({ status: 2, stdout: '', stderr: 'tapistry: dist/ is missing: run npm ci\n' })
})

test('the exit code is that of the program', () => {
  const folder = join(root, 'failing')
  mkdirSync(folder)
  writeFileSync(join(folder, 'node'), '#!/bin/sh\n[ "$1" = -v ] && echo v24.12.0 && exit\nexit 3\n')
  chmodSync(join(folder, 'node'), 0o755)
  expect(launch(join(root, 'bin', 'tapistry'), [], folder).status).toBe(3)
})

const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (path) => existsSync(path) && /^v(?:1\d|2[0-3])\./.test(spawnSync(path, ['-v'], { encoding: 'utf8' }).stdout),
)

test.skipIf(oldNode === undefined)('main.js itself refuses an older node before it loads anything', () => {
  // The old node cannot read TypeScript, so the types (there are none but in calls) are left as they are: main.ts is plain JavaScript up to the check.
  const main = join(root, 'main.mjs')
  copyFileSync(join(packageFolder, 'src', 'cli', 'main.ts'), main)
  const { status, stderr } = spawnSync(oldNode ?? '', [main], { encoding: 'utf8' })
  expect(stderr).toMatch(/needs Node\.js 24\.12 or newer, this is/)
  expect(status).toBe(2)
})
