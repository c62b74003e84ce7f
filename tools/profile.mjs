// Records what the engine's code does under load, so that the compiler lays it out for that: about a tenth of the time of every load. Builds the engine
// with counters, runs the loads of `tapistry bench` through it and writes native/engine.rustc-RELEASE.profdata, which tools/build.mjs gives to a compiler of
// that release. Run it after changes of hot paths, whose old counts no longer fit and are ignored, and with a new release of the compiler. Needs the tools
// of LLVM that fit it (`rustup component add llvm-tools`).
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const loads = ['capture', 'small', 'h2', 'bulk', 'logs']
const counts = mkdtempSync(join(tmpdir(), 'tapistry-profile-'))
const compiler = run('rustc', ['-vV'])
const [, release] = /^release: (\S+)$/m.exec(compiler) ?? []
const [, host] = /^host: (\S+)$/m.exec(compiler) ?? []
const merger = join(run('rustc', ['--print', 'sysroot']).trim(), 'lib/rustlib', host, 'bin/llvm-profdata')
const [native, target] = [join(root, 'native'), join(root, 'native/target/profile')]
const engine = readdirSync(join(root, 'npm'), { recursive: true }).find((file) => file.endsWith('.node'))
const installed = join(root, 'npm', engine)

// The flags as tools/build.mjs gives them: what functions are called depends on how they are given.
const flags = `build.rustflags=${JSON.stringify([`-Cprofile-generate=${counts}`])}`
run('cargo', ['build', '--release', '--locked', '--package', 'tapistry-node', '--config', flags], {
  cwd: native,
  env: { ...process.env, CARGO_TARGET_DIR: target },
})
// Build scripts and macros have counted themselves too.
for (const file of readdirSync(counts)) rmSync(join(counts, file))
renameSync(installed, `${installed}.kept`)
try {
  const library = readdirSync(join(target, 'release')).find((file) => /^(lib)?tapistry_node\.(so|dylib|dll)$/.test(file))
  copyFileSync(join(target, 'release', library), installed)
  for (const load of loads) run(join(root, 'bin/tapistry'), ['bench', load, '--size', '64'])
} finally {
  renameSync(`${installed}.kept`, installed)
}
for (const file of readdirSync(native).filter((name) => name.endsWith('.profdata'))) rmSync(join(native, file))
// Code that no load reached is left out, not taken for cold.
const counted = readdirSync(counts).map((file) => join(counts, file))
run(merger, ['merge', '--sparse', '--output', join(native, `engine.rustc-${release}.profdata`), ...counted])
rmSync(counts, { recursive: true })

function run(command, parameters, options = {}) {
  const { error, status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8', maxBuffer: 1 << 26, ...options })
  if (error || status !== 0) throw error ?? new Error(`${command} ${parameters.join(' ')} failed: ${stderr}`)
  return stdout
}
