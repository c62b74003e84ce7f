/** A schema node, seen as plain data: the configuration's schema uses objects, arrays, scalars and unions told by `type`. */
export interface SchemaNode {
  readonly 'type'?: string
  readonly 'properties'?: Readonly<Record<string, SchemaNode>>
  readonly 'items'?: SchemaNode
  readonly 'oneOf'?: readonly SchemaNode[]
  readonly 'const'?: unknown
  readonly 'default'?: unknown
  /** How a value with a pattern is written. */
  readonly 'examples'?: readonly string[]
  readonly 'x-secret'?: boolean
}

/** The schema that speaks for `value`: a union's member whose `type` is that of the value, else the node itself. */
export function memberFor(node: SchemaNode, value: unknown): SchemaNode {
  if (node.oneOf === undefined) return node
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  return node.oneOf.find((member) => member.properties?.['type']?.const === type) ?? node
}

/** Names that may stand at a node; of a union all its members' names. */
export function namesAt(node: SchemaNode): string[] {
  const nodes = node.oneOf ?? [node]
  return [...new Set(nodes.flatMap((member) => Object.keys(member.properties ?? {})))]
}

/** The schema of `name` below a node, in whichever member of a union has it first. */
export function childOf(node: SchemaNode, name: string): SchemaNode | undefined {
  return (node.oneOf ?? [node]).map((member) => member.properties?.[name]).find((child) => child !== undefined)
}
