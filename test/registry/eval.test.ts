import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'

const archive = join(process.env['TAPISTRY_SHARED'] ?? resolve(import.meta.dirname, '../../../shared'), 'eval/specs/specs.tar.gz')
/** Operations that the documents have together. */
const operationsExpected = 31_506

test.skipIf(!existsSync(archive))(
  '300 published documents are read',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapistry-specs-'))
    try {
      execFileSync('tar', ['xzf', archive, '-C', folder])
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))
      const started = performance.now()
      let characters = 0
      let problems = 0
      const specs = files.flatMap((file) => {
        const text = readFileSync(join(folder, file), 'utf8')
        characters += text.length
        const parsed = parseSpec({ text, origin: file }, () => null)
        problems += parsed.problems.length
        return parsed.spec === null ? [] : [parsed.spec]
      })
      const readMs = performance.now() - started
      const operations = specs.reduce((sum, spec) => sum + spec.operations.length, 0)
      const compileStarted = performance.now()
      const unmatched = specs.flatMap((spec) => {
        const registry = compileRegistry([spec], { bindings: new Map([[spec.id, ['service']]]) })
        return registry
          .templates('service')
          .filter(({ template, method }) => registry.match('service', method, template.replaceAll(/\{[^{}]*\}/g, '7')) === null)
      })
      const compileMs = performance.now() - compileStarted
      console.log(
        `${specs.length} of ${files.length} specs, ${operations} operations, ${problems} problems, ${(characters / 1e6).toFixed(0)} M characters: read in ${readMs.toFixed(0)} ms, compiled and matched in ${compileMs.toFixed(0)} ms`,
      )
      expect(files.length).toBe(300)
      expect(specs.length).toBeGreaterThanOrEqual(297)
      expect(Math.abs(operations - operationsExpected)).toBeLessThan(operationsExpected * 0.001)
      expect(unmatched.map(({ spec, method, template }) => `${spec.origin} ${method} ${template}`)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  240_000,
)

if (!existsSync(archive)) console.log(`skipped: ${archive} is absent`)
