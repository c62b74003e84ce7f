/** What is shown of an operation. */
export interface ShownOperation {
  readonly path: string
  readonly method: string
  readonly operation: {
    readonly summary: string
    readonly security?: ReadonlyArray<{ readonly bearer?: readonly string[] }>
    readonly requestBody?: { readonly content: Content }
    readonly responses: Readonly<Record<string, { readonly content?: Content }>>
  }
}

type Content = Readonly<Record<string, { readonly example?: unknown }>>

/** docs/rest-examples.md: each operation with an example of what it takes and answers, of the first media type that has one. */
export function examplePage(operations: readonly ShownOperation[]): string {
  return `# Examples of REST

Each operation with what it takes and what it answers, as [\`/api/v1/openapi.json\`](rest.md) has it. Where a token is needed its scope stands behind the path.

${operations.map(section).join('\n')}`
}

function section({ path, method, operation: { summary, security, requestBody, responses } }: ShownOperation): string {
  const scope = security?.[0]?.bearer?.[0]
  const [status = '', answer] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? []
  const blocks = [...blockOf('', requestBody?.content), ...blockOf(status, answer?.content)]
  const none = blocks.length === 0 || answer?.content === undefined || Object.keys(answer.content).length === 0 ? [`\`${status}\`, without a body.\n`] : []
  return [`## ${method.toUpperCase()} ${path}\n`, `${summary}.${scope === undefined ? '' : ` Scope \`${scope}\`.`}\n`, ...blocks, ...none].join('\n')
}

function blockOf(status: string, content: Content = {}): readonly string[] {
  const shown = Object.entries(content).find(([, { example }]) => example !== undefined)
  if (shown === undefined) return []
  const [type, { example }] = shown
  const text = typeof example === 'string' ? example.replaceAll('\r', '').trimEnd() : isLines(type) ? linesOf(example) : jsonText(example, 0)
  return [`${status === '' ? 'Takes' : `\`${status}\``} \`${type}\`:\n`, `\`\`\`\n${text}\n\`\`\`\n`]
}

function isLines(type: string): boolean {
  return /ndjson|jsonl/.test(type)
}

function linesOf(example: unknown): string {
  return Array.isArray(example) ? example.map((one) => JSON.stringify(one)).join('\n') : JSON.stringify(example)
}

/** On one line where it fits. */
function jsonText(value: unknown, depth: number): string {
  const short = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || short.length + depth * 2 <= widthMax) return short
  const inner = '  '.repeat(depth + 1)
  const parts = Array.isArray(value)
    ? value.map((one) => jsonText(one, depth + 1))
    : Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${jsonText(one, depth + 1)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${'  '.repeat(depth)}${close}`
}

const widthMax = 120
