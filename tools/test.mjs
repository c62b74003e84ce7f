// Runs every test over a build of the present sources: cargo, then vitest (architecture among them). Ends with `N passed, N failed` alone on a line.
// `npm test -- WORD...` runs only the vitest files whose path holds a word.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const words = process.argv.slice(2)
const environment = { ...process.env, PATH: [process.env.PATH, join(homedir(), '.cargo/bin')].join(delimiter) }
const totals = { passed: 0, failed: 0, skipped: 0 }
/** What failed, said once more at the end: the report of a long run is read from there. */
const failures = []

if (await build()) {
  if (words.length === 0) await cargo()
  await vitest()
}
for (const failure of failures) console.log(`failed: ${failure}`)
if (totals.skipped > 0) console.log(`${totals.skipped} skipped; why stands above`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

/** Tests that run `bin/tapistry` see dist/ and the native engine. */
async function build() {
  const { code } = await run(process.execPath, [join(root, 'tools/build.mjs')], root)
  totals.failed += Number(code !== 0)
  return code === 0
}

async function cargo() {
  const { code, output } = await run('cargo', ['test', '--workspace', '--locked', '--no-fail-fast'], join(root, 'native'))
  let broken = 0
  for (const [, passed, failed, ignored] of output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    totals.passed += Number(passed)
    totals.skipped += Number(ignored)
    broken += Number(failed)
  }
  for (const [, name] of output.matchAll(/^test (\S+) \.\.\. FAILED$/gm)) failures.push(`cargo: ${name}`)
  // A build that breaks counts no test, and must not pass.
  totals.failed += broken > 0 ? broken : Number(code !== 0)
}

async function vitest() {
  const scratch = mkdtempSync(join(tmpdir(), 'tapistry-test-'))
  const report = join(scratch, 'vitest.json')
  const { code } = await run(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...words],
    root,
  )
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    for (const { name, message, status, assertionResults } of testResults) {
      const broken = assertionResults.filter((test) => test.status === 'failed')
      for (const { fullName, failureMessages } of broken) failures.push(`${relative(root, name)}: ${fullName}\n  ${failureMessages.join('\n').slice(0, 1000)}`)
      if (status === 'failed' && broken.length === 0) failures.push(`${relative(root, name)}: ${message.slice(0, 1000)}`)
    }
    totals.passed += numPassedTests
    totals.skipped += numPendingTests
    totals.failed += numFailedTests > 0 ? numFailedTests : Number(code !== 0)
  } catch {
    totals.failed += 1
  }
  rmSync(scratch, { recursive: true, force: true })
}

function run(command, parameters, cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { cwd, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
      process.stdout.write(data)
    })
    child.on('error', (error) => {
      console.error(`tapistry: ${command} could not be run: ${error.message}`)
      resolve({ code: 1, output })
    })
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
