// Begins a new plug-in: its file, its line in the registry, and for a detector its cases, which fail until they say something.
// `npm run new -- detector data.card-in-log`, `command NAME`, `measurement NAME`, `output NAME`, `fuzz NAME`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [family, given] = process.argv.slice(2)

const families = { detector, command, measurement, output, fuzz }
if (!Object.hasOwn(families, family ?? '') || !/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/.test(given ?? '')) {
  console.error(`tapistry: npm run new -- ${Object.keys(families).join('|')} NAME, the name in lower case with hyphens`)
  process.exit(2)
}
families[family](given)

/** `kind` is the id of the finding, such as `data.card-in-log`; the file is named after what follows the dot. */
function detector(kind) {
  const { snake, camel } = named(kind.replace(/^.*\./, ''))
  create(
    `src/finding/detectors/${snake}.ts`,
    `import { nameOf } from '../finding.ts'
import type { Detector } from '../finding.ts'

/** What it finds, and on which facts. */
export const ${camel}: Detector = {
  kind: '${kind}',
  severity: 'medium',
  why: 'Why it matters, in one sentence.',
  fix: 'What to do about it, in one sentence.',
  detect: ({ service, endpoints }) =>
    endpoints
      .filter(({ facts }) => facts.seenInWindow && !facts.accepted)
      .map(({ endpoint }) => ({ endpoint, title: \`\${nameOf(service, endpoint)} shows it\`, evidence: {}, seen: endpoint.seen, count: 1 })),
}
`,
  )
  change('src/finding/detectors/index.ts', (text) =>
    text.replace(/\n\n\/\*\*/, `\nimport { ${camel} } from './${snake}.ts'\n\n/**`).replace(/\n\]\n$/, `\n  ${camel},\n]\n`),
  )
  create(
    `test/finding/${snake}.test.ts`,
    `import { expect, test } from 'vitest'

import { assess } from '../../src/finding/assess.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { batch, type Row } from '../inventory/build.ts'

const cases: ReadonlyArray<readonly [name: string, rows: readonly Row[], found: number]> = [
  ['what shows it', [{ path: '/users', count: 30 }], 1],
  ['what looks like it and is none', [{ path: '/users', count: 30 }], 0],
]

test.each(cases)('${kind}: %s', (_, rows, found) => {
  const state = new InventoryState()
  state.fold(batch(rows))
  const { findings } = assess(readInventory(state, compileRegistry([])))
  expect(findings.filter(({ kind }) => kind === '${kind}')).toHaveLength(found)
})
`,
  )
  say('name the controls that it speaks against in src/finding/control_table.ts')
}

function command(name) {
  const { snake } = named(name)
  create(
    `src/cli/${snake}.ts`,
    `import { withExamples, type CliCommand } from './command.ts'

export const command: CliCommand = {
  configure(command, { streams }) {
    withExamples(command, [['what it is for', 'tapistry ${name}']])
    command.action(() => streams.out('${name}\\n'))
  },
}
`,
  )
  change('src/cli/commands.ts', (text) =>
    text.replace(
      /\n\]\n/,
      `\n  { name: '${name}', summary: 'what it does, as --help shows it', load: async () => (await import('./${snake}.ts')).command },\n]\n`,
    ),
  )
}

function measurement(name) {
  const { snake } = named(name)
  create(
    `src/cli/bench/${snake}.ts`,
    `import type { BenchLine, BenchOptions } from './benches.ts'

/** What it measures, and beside what. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const rounds = options.smoke ? 1 : 11
  const startedMs = performance.now()
  yield { case: 'an empty round', rounds, wallMs: performance.now() - startedMs }
}
`,
  )
  change('src/cli/bench/benches.ts', (text) =>
    text.replace(/\n\]\n/, `\n  { name: '${name}', summary: 'what it measures', load: () => import('./${snake}.ts') },\n]\n`),
  )
}

function output(name) {
  const { snake, camel } = named(name)
  create(
    `src/output/${snake}.ts`,
    `import type { Report } from './report.ts'

/** The report as ${name}: what it holds, and what it leaves out. */
export function ${camel}Text(report: Report): string {
  return report.inventory.services.map((service) => \`\${service.name}\\n\`).join('')
}
`,
  )
  change('src/cli/scan_options.ts', (text) => text.replace(/(const scanFormats = \[[^\]]*)\]/, `$1, '${name}']`))
  change('src/cli/write_report.ts', (text) =>
    text.replace(
      /(const texts[^=]*=[^{]*\{[\s\S]*?)\n\}\n/,
      `$1\n  ${/^[a-z]\w*$/.test(name) ? name : `'${name}'`}: async (report) => (await import('../output/${snake}.ts')).${camel}Text(report),\n}\n`,
    ),
  )
  say('add its cases to test/output/formats.test.ts')
}

function fuzz(name) {
  const { snake } = named(name)
  create(
    `native/fuzz/fuzz_targets/${snake}.rs`,
    `//! What the bytes stand for, and what must hold whatever they are.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = std::str::from_utf8(input);
});
`,
  )
  change(
    'native/fuzz/Cargo.toml',
    (text) => `${text.trimEnd()}\n\n[[bin]]\nname = "${snake}"\npath = "fuzz_targets/${snake}.rs"\ntest = false\ndoc = false\nbench = false\n`,
  )
  say('add its seeds to tools/fuzz_seeds.mjs and run it')
}

function named(name) {
  const words = name.split(/[.-]/)
  return { snake: words.join('_'), camel: words.map((word, index) => (index === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('') }
}

function create(path, text) {
  const file = join(root, path)
  if (existsSync(file)) {
    console.error(`tapistry: ${path} is there already`)
    process.exit(2)
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  say(`wrote ${path}`)
}

function change(path, edit) {
  const before = readFileSync(join(root, path), 'utf8')
  const after = edit(before)
  if (after === before) {
    console.error(`tapistry: found no place for it in ${path}: add it by hand`)
    process.exitCode = 1
    return
  }
  writeFileSync(join(root, path), after)
  say(`edited ${path}`)
}

function say(text) {
  console.log(`new: ${text}`)
}
