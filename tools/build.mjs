// Builds the native engine into npm/<platform>/, its types, and dist/. Runs as the script `prepare`, under any Node that npm runs on, and as
// `node tools/build.mjs` inside an installed package for a platform without a prebuilt engine; there are no sources of dist/ there.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const name = platformName()
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'native/target')
const hasSources = existsSync(join(root, 'src'))
// rustup edits the profile of the shell, which the shell at hand may not have read yet.
const environment = { ...process.env, PATH: [process.env.PATH, join(homedir(), '.cargo/bin')].join(delimiter) }

buildEngine()
if (hasSources) await emit()

function buildEngine() {
  const release = checkRust()
  const types = join(target, 'binding-types')
  rmSync(types, { recursive: true, force: true })
  mkdirSync(types, { recursive: true })
  const [prefix, suffix] = process.platform === 'win32' ? ['', '.dll'] : ['lib', process.platform === 'darwin' ? '.dylib' : '.so']
  const library = join(target, `release/${prefix}tapistry_node${suffix}`)
  if (!existsSync(library)) say(`building the native engine for ${name}, which takes about two minutes the first time`)
  const started = Date.now()
  const { status } = spawnSync('cargo', ['build', '--release', '--locked', '--package', 'tapistry-node', ...profileOptions(release)], {
    cwd: join(root, 'native'),
    stdio: 'inherit',
    env: { ...environment, CARGO_TARGET_DIR: target, NAPI_TYPE_DEF_TMP_FOLDER: types },
  })
  if (status !== 0) fail('the native engine did not build; the reason stands above (a missing linker comes with `build-essential` or the like)')
  installEngine(library)
  if (hasSources) writeTypes(types)
  const seconds = Math.round((Date.now() - started) / 1000)
  if (seconds > 2) say(`the native engine is built (${seconds} s)`)
}

/** What the engine was seen to do under load (tools/profile.mjs), for the release of the compiler that recorded it: others name functions in their own way. */
function profileOptions(release) {
  const file = join(root, `native/engine.rustc-${release}.profdata`)
  // What has changed since is laid out without it, and needs no warning.
  const flags = [`-Cprofile-use=${file}`, '-Cllvm-args=-no-pgo-warn-mismatch']
  return existsSync(file) ? ['--config', `build.rustflags=${JSON.stringify(flags)}`] : []
}

/** The release of the compiler. */
function checkRust() {
  const [, major, minor] = /^rust-version = "(\d+)\.(\d+)"$/m.exec(readFileSync(join(root, 'native/Cargo.toml'), 'utf8')) ?? []
  const needed = `Rust ${major}.${minor} or newer`
  const { error, status, stdout, stderr } = spawnSync('rustc', ['--version'], { env: environment, encoding: 'utf8' })
  if (error || spawnSync('cargo', ['--version'], { env: environment }).error)
    fail(`needs ${needed} to build its native engine, and found none: install it from https://rustup.rs and run this again`)
  const found = /^rustc (\d+)\.(\d+)\.\S+/.exec(stdout)
  if (status !== 0 || !found) fail(`needs ${needed}; rustc does not work here: ${stderr.trim().split('\n')[0]}`)
  if (Number(found[1]) * 1000 + Number(found[2]) < Number(major) * 1000 + Number(minor))
    fail(`needs ${needed}, found ${found[1]}.${found[2]}: run \`rustup update stable\` and this again`)
  return found[0].slice('rustc '.length)
}

/** The binary as napi-rs lays it out: a package for one platform, which npm chooses by `os`, `cpu` and `libc`. */
function installEngine(library) {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(root, 'npm', name)
  const file = `tapistry.${name}.node`
  const libc = process.platform === 'linux' ? { libc: [name.endsWith('musl') ? 'musl' : 'glibc'] } : {}
  const description = `Native engine of tapistry for ${name}`
  const manifest = {
    name: `@tapistry/native-${name}`,
    version,
    description,
    license,
    main: file,
    files: [file],
    os: [process.platform],
    cpu: [process.arch],
    ...libc,
  }
  mkdirSync(folder, { recursive: true })
  writeChanged(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const [built, installed] = [library, join(folder, file)].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (installed && installed.size === built.size && installed.mtimeMs >= built.mtimeMs) return
  // A process may have the old one mapped: it keeps it when the new one takes its name.
  copyFileSync(library, join(folder, `.${file}.${process.pid}`))
  renameSync(join(folder, `.${file}.${process.pid}`), join(folder, file))
}

/** The binding's types, from what napi-derive wrote while it compiled; nothing when there was nothing to compile. */
function writeTypes(folder) {
  const rows = readdirSync(folder)
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter((line) => line.includes('{'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))))
  if (rows.length === 0) return
  const impls = rows.filter((row) => row.kind === 'impl')
  const blocks = rows
    .filter((row) => row.kind !== 'impl')
    .map((row) =>
      block(
        row,
        impls.filter((impl) => impl.name === row.name),
      ),
    )
  writeChanged(join(root, 'src/source/binding.d.ts'), `// Generated by tools/build.mjs from native/node/src/.\n${blocks.join('\n\n')}\n`)
}

function block(row, impls) {
  const doc = row.js_doc ?? ''
  if (row.kind === 'fn') return `${doc}export ${row.def.startsWith('function') ? row.def : `function ${row.def}`}`
  const members = [row.def, ...impls.map((impl) => impl.def)].filter(Boolean).join('\n').split('\n')
  return `${doc}export ${row.kind === 'struct' ? 'declare class' : 'interface'} ${row.original_name ?? row.name} {\n${members.map((line) => `  ${line}`).join('\n')}\n}`
}

/** Bundles beside dist/ and then takes its place, so that a command that starts meanwhile finds one or the other. */
async function emit() {
  const [fresh, old] = [join(root, `dist.new-${process.pid}`), join(root, `dist.old-${process.pid}`)]
  await bundle(join(fresh, 'cli'))
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
  renameSync(fresh, join(root, 'dist'))
  rmSync(old, { recursive: true, force: true })
  keepCode()
}

/** All that a scan needs is one file, since finding and linking a hundred modules took longer than their work; what `--version` needs is another. */
async function bundle(folder) {
  const { build } = await import('rolldown')
  const shared = { cwd: root, platform: 'node', logLevel: 'silent' }
  const isEntry = /[\\/]src[\\/]cli[\\/]process\.ts$/
  const isScan = /[\\/]src[\\/](cli[\\/](program|scan|run_scan)|source[\\/]native|output[\\/]json)\.ts$/
  // Commander loads what starts processes, for commands that are programs of their own: there are none.
  const withoutProcesses = {
    name: 'without-processes',
    resolveId: (name, importer) => (name === 'node:child_process' && /[\\/]node_modules[\\/]commander[\\/]/.test(importer ?? '') ? 'no-processes' : null),
    load: (id) => (id === 'no-processes' ? 'export default {}' : null),
  }
  await build({
    ...shared,
    input: { process: 'src/cli/process.ts', settle_thread: 'src/storage/settle_thread.ts' },
    plugins: [withoutProcesses],
    external: [/^(@platformatic\/kafka|ajv|better-sqlite3|fastify|jose|nodemailer|openid-client|pino|typebox|yaml)(\/|$)/],
    output: {
      dir: folder,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      codeSplitting: {
        groups: [
          { name: 'entry', test: isEntry, priority: 1 },
          { name: 'program', test: isScan },
        ],
      },
    },
  })
  await build({
    ...shared,
    input: 'src/cli/main.ts',
    resolve: { alias: { './process.ts': join(root, 'src/cli/start.ts') } },
    output: { dir: folder, format: 'esm', chunkFileNames: '[name].js' },
  })
}

/** Runs a scan that leaves its compiled code (src/cli/start.ts); without a Node that runs it there is none, and starts are slower. */
function keepCode() {
  const inputs = ['shop.pcap', 'shop-access.log', '--spec', 'shop.yaml'].map((word) => (word.startsWith('-') ? word : join(root, 'examples', word)))
  spawnSync(join(root, 'bin/tapistry'), ['scan', ...inputs, '--quiet', '--format', 'json'], {
    stdio: 'ignore',
    env: { ...process.env, TAPISTRY_KEEP_CODE: '1' },
  })
}

function writeChanged(path, text) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}

/** `linux-x64-gnu`, as napi-rs names platforms; the same rule is in src/source/load_binding.ts. */
function platformName() {
  const libc = process.platform !== 'linux' ? '' : existsSync('/etc/alpine-release') ? '-musl' : '-gnu'
  return `${process.platform}-${process.arch}${process.platform === 'win32' ? '-msvc' : libc}`
}

function say(text) {
  process.stderr.write(`tapistry: ${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}
