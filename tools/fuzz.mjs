// Runs each fuzz target for a bounded number of inputs from the committed seeds. Needs the stable Rust of the project and a C++ compiler.
// `node tools/fuzz.mjs [TARGET...] [--runs N] [--seconds N] [--seed N]`; what a target finds lies in native/fuzz/artifacts/. The seed of the random
// numbers is fixed, so that CI tries what it tried before; `--seed 0` takes another one each time.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'native/fuzz')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '20000' }, seconds: { type: 'string', default: '15' }, seed: { type: 'string', default: '1' } },
})

// The flags of cargo-fuzz but for the sanitizers, which need a nightly compiler: the crates are free of `unsafe`, so that a defect is a panic,
// a hang or too much memory, and all three are seen without them.
const coverage = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Cllvm-args=-simplifycfg-branch-fold-threshold=0',
  '--cfg=fuzzing',
]

const known = readdirSync(join(folder, 'fuzz_targets')).map((file) => basename(file, '.rs'))
const targets = positionals.length > 0 ? positionals : known
const host = /host: (\S+)/.exec(run('rustc', ['-vV'], { stdio: 'pipe', encoding: 'utf8' }).stdout)?.[1] ?? ''
const target = process.env.CARGO_TARGET_DIR ?? join(folder, 'target')
// With --target the flags stay off build scripts and macros, which run in the compiler.
const built = run('cargo', ['build', '--release', '--locked', '--target', host], {
  cwd: folder,
  stdio: 'inherit',
  env: { ...process.env, CARGO_TARGET_DIR: target, RUSTFLAGS: coverage.join(' ') },
})
if (built.status !== 0) fail('the fuzz targets did not build')

const broken = targets.filter((name) => !fuzz(name))
console.log(`fuzz: ${targets.length} targets, ${broken.length} with a finding${broken.length > 0 ? `: ${broken.join(', ')}` : ''}`)
process.exitCode = broken.length > 0 ? 1 : 0

/** Whether a target found nothing. New inputs go to a scratch folder, so that a run leaves the seeds as they are. */
function fuzz(name) {
  if (!known.includes(name)) fail(`there is no target ${name}: choose from ${known.join(', ')}`)
  const corpus = mkdtempSync(join(tmpdir(), `tapistry-fuzz-${name}-`))
  const artifacts = join(folder, 'artifacts', name)
  mkdirSync(artifacts, { recursive: true })
  const before = new Set(readdirSync(artifacts))
  const seeds = join(folder, 'seeds', name)
  const { status, signal, stderr } = run(
    join(target, host, 'release', name),
    [
      `-runs=${values.runs}`,
      `-seed=${values.seed}`,
      `-max_total_time=${values.seconds}`,
      '-timeout=10',
      '-rss_limit_mb=1024',
      '-max_len=65536',
      '-print_final_stats=1',
      `-artifact_prefix=${artifacts}/`,
      corpus,
      seeds,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, RUST_BACKTRACE: '1' } },
  )
  rmSync(corpus, { recursive: true, force: true })
  const [, runs] = /stat::number_of_executed_units:\s+(\d+)/.exec(stderr) ?? []
  const [, edges] = /cov: (\d+)(?![\s\S]*cov: )/.exec(stderr) ?? []
  console.log(`${name}: ${runs ?? '?'} runs, ${edges ?? '?'} edges, ${status === 0 ? 'nothing found' : `ended with ${signal ?? status}`}`)
  if (status === 0) return true
  console.log(
    stderr
      .split('\n')
      .filter((line) => !/^#\d+/.test(line))
      .slice(-60)
      .join('\n'),
  )
  for (const file of readdirSync(artifacts).filter((entry) => !before.has(entry))) {
    const path = join(artifacts, file)
    if (statSync(path).size <= 4096) console.log(`${path}: base64 ${readFileSync(path).toString('base64')}`)
  }
  return false
}

function run(command, parameters, options) {
  const result = spawnSync(command, parameters, options)
  if (result.error) fail(`${command} could not be run: ${result.error.message}`)
  return result
}

function fail(text) {
  console.error(`tapistry: ${text}`)
  process.exit(1)
}
