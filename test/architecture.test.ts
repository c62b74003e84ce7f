import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The folders in the order of the flow, each with those it may import from beside itself. ARCHITECTURE.md prints the same table. */
const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  access: ['base'],
  telemetry: ['base'],
  observation: ['base'],
  registry: ['base', 'observation'],
  inventory: ['base', 'observation', 'registry'],
  finding: ['base', 'observation', 'registry', 'inventory'],
  storage: ['base', 'access', 'observation', 'registry', 'inventory', 'finding'],
  source: ['base', 'observation'],
  output: ['base', 'access', 'observation', 'registry', 'inventory', 'finding'],
  config: ['base', 'registry'],
  alert: ['base', 'telemetry', 'observation', 'registry', 'inventory', 'finding', 'storage', 'source', 'config'],
  api: ['base', 'access', 'observation', 'registry', 'inventory', 'finding', 'output', 'config', 'source', 'telemetry', 'alert'],
  daemon: ['base', 'access', 'observation', 'registry', 'inventory', 'finding', 'storage', 'source', 'config', 'alert'],
  cli: ['base', 'access', 'observation', 'registry', 'inventory', 'finding', 'storage', 'source', 'output', 'config', 'telemetry', 'alert', 'api', 'daemon'],
}

/** Folders without I/O, clock and randomness: time and ids are passed in. */
const pure = new Set(['observation', 'registry', 'inventory', 'finding'])
const impure = /\basync\b|\bawait\b|\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bprocess\.|\bconsole\.|\bperformance\.|\bimport\(/
/** What pure code may take from Node: functions of their arguments. */
const pureImports: Readonly<Record<string, readonly string[]>> = { 'node:buffer': ['Buffer'], 'node:crypto': ['createHash'], 'node:path': ['posix'] }

/** A family of plug-ins: the folder of its files, and the file that lists them all. */
const families: ReadonlyArray<{ readonly folder: string; readonly registry: string; readonly isMember: (file: string) => boolean }> = [
  { folder: 'finding/detectors', registry: 'finding/detectors/index.ts', isMember: (file) => /^export const \w+: Detector\b/m.test(textOf(file)) },
  { folder: 'cli', registry: 'cli/commands.ts', isMember: (file) => /^export const command\b/m.test(textOf(file)) },
  { folder: 'cli/bench', registry: 'cli/bench/benches.ts', isMember: (file) => /^export (async )?function\* ?run\b/m.test(textOf(file)) },
  {
    folder: 'output',
    registry: 'cli/write_report.ts',
    isMember: (file) => /^export function \w+Text\(\s*\w+: (Report|InventoryDocument)\b/m.test(textOf(file)),
  },
]

/** Crates, each with those of the project it may depend on. */
const crates: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  capture: [],
  logs: [],
  tls: ['wire'],
  http: ['wire'],
  digest: ['wire'],
  engine: ['capture', 'digest', 'http', 'logs', 'tls', 'wire'],
  node: ['engine'],
}
const unsafeCrates = new Set(['capture', 'node'])

const linesMax = 400
/** Tables, whose length is their point. */
const tables = new Set(['native/logs/src/access/table.rs'])

const files = filesBelow(join(root, 'src'), '.ts').filter((file) => !file.endsWith('.d.ts'))
const texts = new Map(files.map((file) => [file, readFileSync(join(root, 'src', file), 'utf8')]))
const edges = files.flatMap((from) =>
  [...textOf(from).matchAll(/\b(?:from|import)\s*(\(?)\s*['"](\.{1,2}\/[^'"]+)['"]/g)].map(([, call, specifier]) => ({
    from,
    to: normalize(join(dirname(from), specifier ?? '')),
    isLazy: call === '(',
  })),
)

describe('folders of src/', () => {
  it('are seen by this test', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(edges.length).toBeGreaterThan(200)
    const known = new Set([...files, ...filesBelow(join(root, 'src'), '.d.ts')])
    expect(edges.filter(({ to }) => !known.has(to))).toEqual([])
  })

  it('stand in the table', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => !(folder in layers))).toEqual([])
  })

  it('import only from folders above them in the flow', () => {
    const wrong = edges.filter(({ from, to }) => folderOf(from) !== folderOf(to) && !layers[folderOf(from)]?.includes(folderOf(to)))
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  it('have no cycles among their files', () => {
    expect(cycles()).toEqual([])
  })

  it('load the server and its log only when they are called for: a scan starts without them', () => {
    for (const start of ['cli/main.ts', 'cli/commands.ts', 'cli/scan.ts', 'cli/run_scan.ts', 'cli/bench.ts']) {
      expect(files).toContain(start)
      expect([...loadedWith(start)].filter((file) => ['api', 'telemetry'].includes(folderOf(file))).map((file) => `${start} loads ${file}`)).toEqual([])
    }
  })

  it('are pure where they should be', () => {
    const wrong = files.filter((file) => pure.has(folderOf(file))).flatMap((file) => impurities(file).map((word) => `${file}: ${word}`))
    expect(wrong).toEqual([])
  })

  it('list every plug-in in its registry', () => {
    const missing = families.flatMap(({ folder, registry, isMember }) => {
      const members = files.filter((file) => dirname(file) === folder && file !== registry && isMember(file))
      expect(members.length, `members of ${folder}`).toBeGreaterThan(0)
      const listed = new Set(edges.filter(({ from }) => from === registry).map(({ to }) => to))
      return members.filter((member) => !listed.has(member)).map((member) => `${member} is not listed in ${registry}`)
    })
    expect(missing).toEqual([])
  })

  it('have cases for every detector', () => {
    const cases = filesBelow(join(root, 'test/finding'), '.test.ts')
      .map((file) => readFileSync(join(root, 'test/finding', file), 'utf8'))
      .join('\n')
    const kinds = files
      .filter((file) => dirname(file) === 'finding/detectors')
      .flatMap((file) => [...textOf(file).matchAll(/^\s*kind: '([^']+)'/gm)].map(([, kind]) => kind ?? ''))
    expect(kinds.length).toBeGreaterThan(0)
    expect(kinds.filter((kind) => !cases.includes(kind))).toEqual([])
  })

  it('have names that say something, and no barrels', () => {
    expect(files.filter((file) => /^(utils?|helpers?|common|types?|misc|shared|manager|service)\.ts$/.test(basename(file)))).toEqual([])
    expect(files.filter((file) => basename(file) === 'index.ts' && !families.some(({ registry }) => registry === file))).toEqual([])
  })
})

describe('crates of native/', () => {
  const manifests = Object.keys(crates).map((crate) => ({ crate, manifest: readFileSync(join(root, 'native', crate, 'Cargo.toml'), 'utf8') }))
  const sources = Object.keys(crates).flatMap((crate) =>
    filesBelow(join(root, 'native', crate, 'src'), '.rs').map((file) => join('native', crate, 'src', file)),
  )

  it('stand in the table', () => {
    const members = /^members = \[([^\]]*)\]/m.exec(readFileSync(join(root, 'native/Cargo.toml'), 'utf8'))?.[1] ?? ''
    expect([...members.matchAll(/"([^"]+)"/g)].map(([, member]) => member ?? '').toSorted()).toEqual(Object.keys(crates).toSorted())
  })

  it('depend only on crates above them in the flow', () => {
    const wrong = manifests.flatMap(({ crate, manifest }) =>
      [...manifest.matchAll(/^tapistry-(\w+)\b/gm)]
        .map(([, other]) => other ?? '')
        .filter((other) => !crates[crate]?.includes(other))
        .map((other) => `${crate} depends on ${other}`),
    )
    expect(wrong).toEqual([])
  })

  it('have unsafe code only where it is allowed', () => {
    expect(readFileSync(join(root, 'native/Cargo.toml'), 'utf8')).toMatch(/^unsafe_code = "forbid"$/m)
    // Taking over the lints of the workspace is what forbids it.
    const lax = manifests.filter(({ crate, manifest }) => !unsafeCrates.has(crate) && !/^\[lints\]\nworkspace = true$/m.test(manifest))
    expect(lax.map(({ crate }) => crate)).toEqual([])
    expect(
      sources.filter((file) => !unsafeCrates.has(file.split(sep)[1] ?? '') && /\bunsafe\s*(\{|fn|impl)/.test(readFileSync(join(root, file), 'utf8'))),
    ).toEqual([])
  })

  it('have names that say something', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.filter((file) => /^(utils?|helpers?|common|types?|misc|shared)\.rs$/.test(basename(file)))).toEqual([])
  })

  it(`have files of at most ${linesMax} lines, as src/ has`, () => {
    const all = [...files.map((file) => join('src', file)), ...sources].filter((file) => !tables.has(file))
    const lengths = all.filter((file) => !/tests?\.rs$|laws\.rs$/.test(file)).map((file) => ({ file, lines: linesOf(readFileSync(join(root, file), 'utf8')) }))
    expect(lengths.filter(({ lines }) => lines > linesMax).map(({ file, lines }) => `${file}: ${lines}`)).toEqual([])
  })
})

function textOf(file: string): string {
  return texts.get(file) ?? ''
}

function folderOf(file: string): string {
  return file.split(sep)[0] ?? ''
}

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .toSorted()
}

/** A file with all that it imports, and what those import, but for what is imported when it is called for. */
function loadedWith(file: string, loaded: Set<string> = new Set()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  for (const { to } of edges.filter(({ from, isLazy }) => from === file && !isLazy)) loadedWith(to, loaded)
  return loaded
}

/** Words that make a file impure, comments and strings aside. */
function impurities(file: string): string[] {
  const code = textOf(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'/g, (text) => (text.startsWith("'") ? text.replaceAll(/[^':\w]/g, ' ') : ''))
  const imports = [...textOf(file).matchAll(/^import (.*) from '(node:[^']+)'/gm)].filter(
    ([, names, module]) =>
      !names
        ?.replaceAll(/[{}\s]|type\b/g, '')
        .split(',')
        .every((name) => pureImports[module ?? '']?.includes(name)),
  )
  const word = impure.exec(code.replaceAll(/'[^']*'/g, "''"))
  return [...imports.map(([line]) => line), ...(word === null ? [] : [word[0]])]
}

/** Lines without the tests that Rust keeps at the end of a file. */
function linesOf(text: string): number {
  const [code = ''] = text.split(/^#\[cfg\(test\)\]\nmod \w+ \{$/m)
  return code.split('\n').length - 1
}

/** Files that import themselves over others, types included, each cycle as the path it takes. What is imported only when it is called for, as commands are, closes none. */
function cycles(): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (done.has(file) || path.includes(file)) return
    for (const { to } of edges.filter(({ from, isLazy }) => from === file && !isLazy)) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return found
}
