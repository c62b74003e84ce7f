import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import { operationsText, parse } from './document_text.ts'

const head = 'openapi: 3.1.0\ninfo: {title: a, version: b}\n'
const bomb = `${head}x-0: &a0 [x, x]\n${Array.from({ length: 60 }, (_, index) => `x-${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]\n`).join('')}paths: {/a: {get: {parameters: *a60, responses: {200: {content: {a/b: {schema: *a60}}}}}}}\n`
const schemaBomb = `${head}x-0: &a0 {type: object}\n${Array.from({ length: 60 }, (_, index) => `x-${index + 1}: &a${index + 1} {allOf: [*a${index}, *a${index}], properties: {a: *a${index}, b: *a${index}}}\n`).join('')}paths: {/a: {get: {responses: {200: {content: {a/b: {schema: *a60}}}}}}}\n`
const mergeBomb = `${head}x-0: &a0 {k0: 1, j0: 1}\n${Array.from({ length: 40 }, (_, index) => `x-${index + 1}: &a${index + 1} {<<: [*a${index}, *a${index}], k${index + 1}: 1}\n`).join('')}paths: {}\n`

/** Each must end soon, with a problem or without, and never throw. */
const hostile: readonly (readonly [name: string, text: string])[] = [
  ['JSON nested deep', `{"openapi":"3.1.0","paths":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`],
  ['JSON lists nested deep, cut off', `{"openapi":"3.1.0","paths":${'['.repeat(500_000)}`],
  ['YAML flow nested deep', `openapi: 3.1.0\npaths: ${'['.repeat(100_000)}`],
  ['YAML flow maps nested deep', `openapi: 3.1.0\npaths: ${'{a: '.repeat(100_000)}`],
  ['YAML list markers in a row', `openapi: 3.1.0\npaths: \n  ${'- '.repeat(50_000)}a`],
  ['YAML indented deep', `openapi: 3.1.0\n${Array.from({ length: 1_500 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')}`],
  ['an alias bomb', bomb],
  ['an alias bomb of schemas', schemaBomb],
  ['a merge bomb', mergeBomb],
  ['an alias to itself', `${head}paths: &p {/a: *p}\n`],
  ['many aliases', `${head}x-a: &a [1]\nx-b: [${'*a,'.repeat(50_000)}]\npaths: {}\n`],
  [
    'a prototype',
    '{"openapi":"3.1.0","__proto__":{"paths":{"/evil":{"get":{}}}},"constructor":{"prototype":{}},"info":{"title":"a","version":"b"},"paths":{"__proto__":{"get":{}},"/a":{"__proto__":{"get":{}},"get":{"__proto__":7,"responses":{"__proto__":{}}}}}}',
  ],
  ['a prototype in YAML', `${head}__proto__: {x: 1}\npaths: {__proto__: {get: {}}, /a: {get: {responses: {__proto__: 7}}}}\n`],
  ['many escapes', `{"openapi":"${'\\n'.repeat(1_000_000)}"`],
  ['a text without end', `{"openapi":"${'a'.repeat(1_000_000)}`],
  ['many problems', `${head}paths: {${Array.from({ length: 20_000 }, (_, index) => `/${index}: 7`).join(', ')}}`],
  ['many path segments', operationsText([`GET ${'/a'.repeat(5_000)}`])],
  ['many braces', operationsText([`GET /${'{a}'.repeat(1_000)}`, `GET /${'{'.repeat(2_000)}`])],
  [
    'a long chain of references',
    `{"openapi":"3.1.0","info":{"title":"a","version":"b"},"paths":{"/a":{"$ref":"#/x/0"}},"x":{${Array.from({ length: 2_000 }, (_, index) => `"${index}":{"$ref":"#/x/${index + 1}"}`).join(',')},"2000":{}}}`,
  ],
  ['a server of stars', operationsText(['GET /a'], { servers: [{ url: `https://${'{a}-'.repeat(200)}x` }] })],
  ['NUL and lone surrogates', '\u0000\uD800{"openapi":\u0000"3.1.0"}'],
]

describe('a hostile document ends soon and never throws', () => {
  // One that does not end soon meets the time limit of all tests.
  test.each(hostile)('%s', (_name, text) => {
    const { spec, problems } = parse(text)
    expect(spec !== null || problems.some(({ fatal }) => fatal)).toBe(true)
    expect(problems.length).toBeLessThanOrEqual(202)
    if (spec !== null) compileRegistry([spec]).match('api.example.com', 'GET', '/v1/a/b')
  })

  test('no key reaches a prototype', () => {
    for (const [, text] of hostile.filter(([name]) => name.includes('prototype')))
      expect(parse(text).spec?.operations.map(({ template }) => template)).toEqual(['/__proto__', '/a'])
    expect(({} as Record<string, unknown>)['paths']).toBeUndefined()
  })

  test('a reader that always has another file', () => {
    let files = 0
    const text = `${head}paths: {/a: {$ref: f0.yaml}}`
    const { problems } = parseSpec({ text, origin: 'a.yaml' }, () => `x: {$ref: f${(files += 1)}.yaml}\ny: {$ref: g${files}.yaml}\n`)
    expect(files).toBeLessThan(1_000)
    expect(problems.length).toBeGreaterThan(0)
  })

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => parse(text).problems.length > 0),
      { numRuns: 500 },
    )
  })

  test('any JSON in the place of any part', () => {
    const parts = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, true, 7, '', 'path', '#/paths', 'a.yaml', 'object', '{', 'http://{a}'),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(
        fc.constantFrom(
          '$ref',
          'get',
          'parameters',
          'responses',
          '200',
          'content',
          'a/b',
          'schema',
          'in',
          'name',
          'type',
          'allOf',
          'properties',
          'required',
          'enum',
          'servers',
          'url',
          'variables',
          'security',
          '__proto__',
          '/a',
          '/{b}',
        ),
        tie('value'),
        { maxKeys: 5 },
      ),
    })).object
    const document = fc.record({
      paths: fc.dictionary(
        fc.constantFrom('/a', '/{b}', 'c', '/d/{e}.{f}'),
        fc.dictionary(fc.constantFrom('get', 'put', 'parameters', 'servers', '$ref'), parts),
      ),
      servers: parts,
      info: parts,
      components: parts,
      security: parts,
    })
    fc.assert(
      fc.property(document, fc.constantFrom('openapi', 'swagger'), (body, dialect) => {
        const { spec } = parse(JSON.stringify({ [dialect]: '3.0', ...body }), { 'a.yaml': 'b: {$ref: api.yaml}' })
        if (spec === null) return false
        const registry = compileRegistry([spec], { bindings: new Map([[spec.id, ['s']]]) })
        registry.match('s', 'GET', '/a')
        return registry.templates('s').length >= 0
      }),
      { numRuns: 500 },
    )
  })
})
