// Every crate and package that ships must have a licence that Apache-2.0 software may carry. Lists offenders and fails.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'Apache-2.0 WITH LLVM-exception',
  'BSD-1-Clause',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unicode-3.0',
  'Unlicense',
  'Zlib',
])

const seen = [...crates(), ...packages()]
const refused = seen.filter(({ licence }) => !isAllowed(licence))
for (const { name, licence } of refused) console.error(`licence of ${name} is not on the list: ${licence ?? 'none named'}`)
console.log(`${seen.length} crates and packages, ${refused.length} with a licence that is not on the list`)
process.exitCode = refused.length > 0 || seen.length === 0 ? 1 : 0

function crates() {
  const { stdout, status } = spawnSync('cargo', ['metadata', '--format-version', '1', '--locked'], {
    cwd: join(root, 'native'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error('cargo metadata failed')
  return JSON.parse(stdout).packages.map(({ name, version, license }) => ({ name: `${name} ${version}`, licence: license?.replaceAll('/', ' OR ') }))
}

/** Production packages, as the lock file has them. */
function packages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && existsSync(join(root, path, 'package.json')))
    .map(([path, entry]) => ({
      name: `${path.replace(/^.*node_modules\//, '')} ${entry.version}`,
      licence: JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).license,
    }))
}

/** An SPDX expression is allowed when one side of each OR, and both of each AND, are. */
function isAllowed(expression) {
  if (typeof expression !== 'string') return false
  const parts = expression.replaceAll(/[()]/g, ' ').trim()
  return parts.split(/\s+OR\s+/).some((choice) => choice.split(/\s+AND\s+/).every((licence) => allowed.has(licence.trim())))
}
