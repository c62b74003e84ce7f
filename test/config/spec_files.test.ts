import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { readSpecFiles, specProblemText } from '../../src/config/spec_files.ts'

const root = mkdtempSync(join(tmpdir(), 'tapistry-specs-'))
const folder = join(root, 'repository')
afterAll(() => rmSync(root, { recursive: true, force: true }))

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), text)
}

/** A document whose one path item stands behind `reference`. */
function documentFor(reference: string): string {
  return `openapi: 3.0.3\ninfo: {title: A, version: "1"}\npaths: {/a: {$ref: "${reference}"}}\n`
}

function problemsOf(paths: readonly string[], cwd: string = folder): string[] {
  return readSpecFiles(paths, cwd).problems.map(specProblemText)
}

const item = 'get: {responses: {"200": {description: ok}}}\n'

beforeAll(() => {
  for (const name of ['repository/common/item.yaml', 'repository/specs/item.yaml', 'outside/item.yaml']) write(name, item)
})

describe('a reference', () => {
  test.each(['item.yaml', './item.yaml', '../common/item.yaml'])('%s is followed', (reference) => {
    write('repository/specs/api.yaml', documentFor(reference))
    for (const [path, cwd] of [
      ['specs/api.yaml', folder],
      ['api.yaml', join(folder, 'specs')],
      [join(folder, 'specs', 'api.yaml'), tmpdir()],
    ] as const)
      expect(problemsOf([path], cwd)).toEqual([])
  })

  test('to a file far above its document is followed below the working folder only', () => {
    write('repository/specs/orders/v1/api.yaml', documentFor('../../../common/item.yaml'))
    expect(problemsOf(['specs/orders/v1/api.yaml'])).toEqual([])
    expect(problemsOf(['api.yaml'], join(folder, 'specs/orders/v1')).join()).toMatch(/^api.yaml:3:\d+: .*item.yaml` lies outside the folders of this spec/)
  })

  test.each([
    ['../../outside/item.yaml', /^specs\/api.yaml:3:14: the file `\.\.\/outside\/item.yaml` lies outside the folders/],
    ['/dev/zero#/x', /^specs\/api.yaml:3:14: absolute reference `\/dev\/zero#\/x` is not followed/],
    ['%2Fdev/zero', /absolute reference/],
    ['../../../../../../../../../../dev/zero', /lies outside the folders/],
    ['nowhere.yaml', /the file `specs\/nowhere.yaml` cannot be read: no such file/],
  ])('%s is a problem with a line', (reference, message) => {
    write('repository/specs/api.yaml', documentFor(reference))
    expect(problemsOf(['specs/api.yaml'])[0]).toMatch(message)
  })
})

test.skipIf(!existsSync('/dev/zero'))('what has no end is no document', () => {
  execFileSync('env', ['mkfifo', join(folder, 'pipe.yaml')])
  write('repository/specs/api.yaml', documentFor('../pipe.yaml'))
  expect(problemsOf(['/dev/zero', 'pipe.yaml', 'specs/api.yaml'])).toEqual([
    expect.stringMatching(/\/dev\/zero.*: is no regular file$/),
    expect.stringMatching(/pipe.yaml.*: is no regular file$/),
    expect.stringMatching(/the file `pipe.yaml` cannot be read: is no regular file$/),
  ])
})
