import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The program Schemathesis in a virtual environment of Python, installed from PyPI once for each user of this machine, each package by its hash. Throws where Python or
 * the packages are not to be had, and says why.
 */
export function installedSchemathesis(): string {
  const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tapistry-tests')
  const folder = join(cache, `schemathesis-${version}`)
  const program = join(folder, 'bin', 'schemathesis')
  // An environment knows its own path, so it cannot be made elsewhere and moved: the mark says that it is whole.
  const mark = join(folder, 'whole')
  if (existsSync(mark)) return program
  mkdirSync(cache, { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'pipe', timeout: 120_000 })
    const packages = ['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--only-binary', ':all:', '-r', requirements]
    execFileSync(join(folder, 'bin', 'pip'), packages, { stdio: 'pipe', timeout: 300_000 })
    writeFileSync(mark, '')
    return program
  } catch (thrown) {
    const said = (thrown as { readonly stderr?: Buffer }).stderr?.toString().trim().split('\n').at(-1) ?? String(thrown)
    throw new Error(`there is no Schemathesis: install python3-venv, and let pip reach PyPI (${said})`, { cause: thrown })
  }
}
