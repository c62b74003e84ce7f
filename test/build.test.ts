import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { packageFolder } from '../src/base/version.ts'

test('the build loads packages through its own files, since its scripts run without a loader of modules', () => {
  const folder = join(packageFolder, 'dist', 'cli')
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.cjs'))
  expect(scripts.length).toBeGreaterThan(10)
  const direct = scripts.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/\bimport\(["'](?!\.|node:)[^"']+["']\)/g) ?? [])
  expect(direct).toEqual([])
})
