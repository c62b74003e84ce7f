import { describe, expect, test } from 'vitest'

import { takesEffect } from '../../src/cli/reloading.ts'
import { configSchema } from '../../src/config/options.ts'
import type { SchemaNode } from '../../src/config/schema_at.ts'

interface Node extends SchemaNode {
  readonly description?: string
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
}

interface Row {
  readonly key: string
  readonly what: string
  readonly values: string
}

const schema = configSchema as Node

/** Every key that holds a value, lists as `name[]`, members of a union with their type. */
function* rowsOf(key: string, node: Node, isNeeded: boolean): Generator<Row> {
  const { description = '', properties, items, oneOf, default: byDefault } = node
  const listed = items === undefined || items.properties !== undefined || items.oneOf !== undefined ? null : valuesOf(items)
  const isScalar = properties === undefined && items === undefined && oneOf === undefined
  if (isScalar || description !== '') {
    const shown = listed !== null ? `list of ${listed}` : isScalar ? valuesOf(node) : ''
    const fallback =
      byDefault === undefined
        ? isNeeded
          ? 'needed'
          : ''
        : isScalar || (Array.isArray(byDefault) && byDefault.length > 0)
          ? `\`${String(byDefault)}\` where absent`
          : 'empty where absent'
    yield {
      key,
      what: `${description}${node['x-secret'] === true ? ' Secret.' : ''}`.trim(),
      values: [shown, fallback].filter((text) => text !== '').join('; '),
    }
  }
  const shared = sharedBy(oneOf ?? [])
  for (const member of oneOf ?? []) yield* below(`${key}(${String(member.properties?.['type']?.const)})`, member, Object.keys(shared))
  yield* below(key, { properties: shared })
  if (items !== undefined && listed === null) yield* rowsOf(`${key}[]`, items, false)
  yield* below(key, node)
}

function valuesOf({ type, enum: allowed, examples }: Node): string {
  if (allowed !== undefined) return allowed.map((one) => `\`${one}\``).join(', ')
  return examples === undefined ? ([type ?? []].flat()[0] ?? '') : `as in ${examples.map((one) => `\`${one}\``).join(', ')}`
}

/** What all members of a union have alike: it is listed once. */
function sharedBy([first, ...others]: readonly Node[]): Readonly<Record<string, SchemaNode>> {
  const same = Object.entries(first?.properties ?? {}).filter(([name, child]) =>
    others.every(({ properties = {} }) => JSON.stringify(properties[name]) === JSON.stringify(child)),
  )
  return Object.fromEntries(same)
}

function* below(key: string, { properties = {}, required = [] }: Node, but: readonly string[] = []): Generator<Row> {
  for (const [name, child] of Object.entries(properties)) {
    if (child.const === undefined && !but.includes(name)) yield* rowsOf(key === '' ? name : `${key}.${name}`, child, required.includes(name))
  }
}

const rows = [...below('', schema)]

function page(): string {
  const lines = rows.map(({ key, what, values }) => {
    const [name = ''] = key.split(/[.[(]/)
    return `| \`${key}\` | ${what} | ${values} | ${takesEffect[name as keyof typeof takesEffect]} |`.replaceAll('  ', ' ')
  })
  return `# Configuration

Every key of \`tapistry.yaml\`, from its JSON Schema (\`tapistry config schema\`); each is a variable too, \`TAPISTRY_DATA_DIR\` for \`dataDir\`,
\`TAPISTRY_SOURCES_0_PATH\` for the path of the first source. A secret may be written, come from a file (\`passwordFile\`) or from a variable (\`\${NAME}\`), and is
masked by \`config show\`. Durations are written as \`5s\` or \`1h30m\`.

What a change needs is in the last column: *reload* is \`SIGHUP\`, or nothing, as the file and the specs are looked at every two seconds; *restart* is a new
start, which a reload asks for by the name of the key. A configuration that is wrong changes nothing, and the log says why. Files of secrets and of TLS are read
again at \`SIGHUP\`.

| key | what | values | takes effect |
|---|---|---|---|
${lines.join('\n')}
`
}

describe('the keys of the configuration', () => {
  test.each(rows.map(({ key, what }) => [key, what]))('%s says what it is', (_, what) => {
    expect(what).toMatch(/[^ ]\.?$/)
  })

  test('are each of a kind that a reload knows', () => {
    expect(Object.keys(takesEffect).toSorted()).toEqual(Object.keys(schema.properties ?? {}).toSorted())
  })

  test('are listed in docs/configuration.md: else run npx vitest run test/config -u', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/configuration.md')
  })
})
