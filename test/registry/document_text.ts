import { parseSpec, type ParsedSpec } from '../../src/registry/parse_spec.ts'
import type { Spec } from '../../src/registry/spec.ts'

/** A small document with the given paths (methods to operations), as JSON text. */
export function documentText(paths: Record<string, unknown>, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ openapi: '3.1.0', info: { title: 'Orders', version: '1.0' }, servers: [{ url: 'https://api.example.com/v1' }], paths, ...more })
}

/** Operations without more than a response, from lines such as `GET /users/{id:integer}` (type, `uuid` or `a|b` after the colon in braces). */
export function operationsText(lines: readonly string[], more: Record<string, unknown> = {}): string {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const line of lines) {
    const [method = '', written = ''] = line.split(' ')
    const parameters: unknown[] = []
    const path = written.replaceAll(/\{(\w+):([\w|-]+)\}/g, (_whole, name: string, rule: string) => {
      const schema = rule.includes('|')
        ? { enum: rule.split('|') }
        : ['integer', 'boolean', 'string'].includes(rule)
          ? { type: rule }
          : { type: 'string', format: rule }
      parameters.push({ in: 'path', name, required: true, schema })
      return `{${name}}`
    })
    const operation = { parameters, responses: { 200: { description: '' } } }
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  return documentText(paths, more)
}

export function parse(text: string, files: Record<string, string> = {}): ParsedSpec {
  return parseSpec({ text, origin: 'api.yaml' }, (path) => (Object.hasOwn(files, path) ? (files[path] ?? null) : null))
}

export function specOf(text: string, files: Record<string, string> = {}): Spec {
  const { spec, problems } = parse(text, files)
  if (spec === null) throw new Error(problems[0]?.message ?? 'no spec and no problem')
  return spec
}
