import type { BodyDocument, EndpointDocument, JsonSchema, JsonSchemaValue } from '../inventory/document.ts'
import { PackedEndpoint } from '../inventory/packed_endpoint.ts'

/** What requests and responses of an endpoint look like, and how much of it was seen: an endpoint of an inventory is one, `toldContract` gives no more than this. */
export interface Contract {
  readonly exchanges: number
  readonly statuses: Readonly<Record<string, number>>
  readonly sources: { readonly packets: number }
  /** Absent where an earlier version told of it. */
  readonly withoutCredentials?: EndpointDocument['withoutCredentials']
  readonly parameters: ReadonlyArray<Pick<EndpointDocument['parameters'][number], 'in' | 'name' | 'schema' | 'seen' | 'of' | 'required'>>
  readonly request: EndpointDocument['request']
  readonly responses: EndpointDocument['responses']
}

/** What was seen so often has settled: what three of a hundred have has shown by then with 95 %, so that a change is news and no more of the beginning. */
export const settledMin = 100

/** What there is to compare with later: names, types and what is needed, of what has settled. Counts say whether there are any, and whether there are enough. */
export function toldContract(contract: Contract): Contract {
  const { exchanges, statuses, sources } = contract
  const told = {
    exchanges: level(exchanges),
    statuses: Object.fromEntries(Object.entries(statuses).map(([status, count]) => [status, level(count)])),
    sources: { packets: level(sources.packets) },
  }
  if (exchanges < settledMin) return { ...told, parameters: [], request: { mediaTypes: {} }, responses: {} }
  const { parameters, request, responses, withoutCredentials: open } = unpackedContract(contract)
  return {
    ...told,
    ...(open === undefined ? {} : { withoutCredentials: { seen: level(open.seen), of: level(open.of) } }),
    parameters: parameters.map(({ in: place, name, schema, seen, of, required }) => ({
      in: place,
      name,
      schema: toldSchema(schema, seen),
      seen: level(seen),
      of: level(of),
      required,
    })),
    request: { mediaTypes: toldBodies(request.mediaTypes) },
    responses: Object.fromEntries(Object.entries(responses).map(([status, { mediaTypes }]) => [status, { mediaTypes: toldBodies(mediaTypes) }])),
  }
}

/** One that is published is packed, and each look into it would parse it again. */
export function unpackedContract(contract: Contract): Contract {
  return contract instanceof PackedEndpoint ? contract.whole() : contract
}

/** Nothing, something, or enough to compare. */
export function level(count: number): number {
  return count >= settledMin ? settledMin : Math.min(count, 1)
}

function toldBodies(bodies: Readonly<Record<string, BodyDocument>>): Readonly<Record<string, BodyDocument>> {
  return Object.fromEntries(Object.entries(bodies).map(([mediaType, { seen, schema }]) => [mediaType, { seen: level(seen), schema: toldSchema(schema, seen) }]))
}

/** Of a place with so many values: below the least of them its type alone, since only then it is compared. */
function toldSchema(schema: JsonSchema, seen: number): JsonSchema {
  const told = Object.entries(schema).flatMap(([keyword, value]): Array<[string, JsonSchemaValue]> => {
    if (keyword === 'type') return [[keyword, value]]
    if (typeof value === 'number') return keyword === 'x-seen' || keyword === 'x-of' ? [[keyword, level(value)]] : []
    if (seen < settledMin || typeof value !== 'object' || value === null) return []
    if (keyword === 'required') return [[keyword, value]]
    if (keyword === 'properties') return [[keyword, Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toldField(field as JsonSchema)]))]]
    if (keyword === 'additionalProperties') return [[keyword, toldField(value as JsonSchema)]]
    return keyword === 'items' ? [[keyword, toldSchema(value as JsonSchema, seen)]] : []
  })
  return Object.fromEntries(told)
}

function toldField(field: JsonSchema): JsonSchema {
  return toldSchema(field, Number(field['x-seen']))
}
