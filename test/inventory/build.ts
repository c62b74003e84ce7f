import type { Batch, Histogram, Observation, ServiceCount, SourceKind } from '../../src/observation/observation.ts'
import { mergeShape } from '../../src/observation/merge.ts'
import { closedSetMax, type Shape, type Values } from '../../src/observation/shape.ts'
import { keyedHash } from '../../src/inventory/priority.ts'
import { emptyShape } from '../../src/observation/empty_shape.ts'

/** An exchange as a test says it; everything has a default. */
export interface Row {
  readonly method?: string
  readonly path: string
  readonly status?: number
  readonly count?: number
  readonly service?: string
  /** Address classes, client then server. */
  readonly network?: string
  readonly source?: SourceKind
  readonly kind?: string
  readonly auth?: readonly string[]
  readonly client?: string
  readonly clientKind?: string
  readonly atMs?: number
  /** Hidden values by segment index. */
  readonly hidden?: Readonly<Record<string, readonly string[] | readonly number[]>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
  readonly requestType?: string
  readonly requestBody?: unknown
  readonly responseType?: string
  readonly responseBody?: unknown
  /** Of every request; 100 by default. */
  readonly requestBytes?: number
  readonly responseBytes?: number
  readonly facts?: Readonly<Record<string, number>>
  readonly moments?: Readonly<Record<string, number>>
  /** Data classes by field name, for every text of that name. */
  readonly classes?: Readonly<Record<string, string>>
}

/** The observation of one row. */
export function observation(row: Row): Observation {
  const count = row.count ?? 1
  const source = row.source ?? 'packets'
  const atMs = row.atMs ?? 1_750_000_000_000
  const classes = row.classes ?? {}
  const path = Object.entries(row.hidden ?? {}).map(([index, values]): [string, Shape] => [
    index,
    (values as readonly unknown[]).map((value) => shapeOf(value, classes, index)).reduce(mergeShape, emptyShape),
  ])
  return {
    key: {
      source,
      service: row.service ?? 'api.example.com',
      kind: row.kind ?? 'rest',
      method: row.method ?? 'GET',
      path: row.path,
      status: row.status ?? 200,
      requestMediaType: row.requestType ?? (row.requestBody === undefined ? '' : 'application/json'),
      responseMediaType: row.responseType ?? (row.responseBody === undefined ? '' : 'application/json'),
      hasCredentials: (row.auth ?? []).length > 0,
    },
    count,
    firstSeenMs: atMs,
    lastSeenMs: atMs,
    latencyUs: histogram(1000, count),
    requestBytes: histogram(row.requestBytes ?? 100, count),
    responseBytes: histogram(row.responseBytes ?? 500, count),
    clients: sketch([{ text: row.client ?? '10.0.0.1', count }]),
    path: path.length === 0 ? emptyShape : { ...emptyShape, seen: count, objects: count, fields: new Map(path) },
    query: repeat(shapeOf(row.query ?? {}, classes), count),
    headers: source === 'packets' || row.headers ? repeat(shapeOf(row.headers ?? {}, classes), count) : emptyShape,
    cookies: emptyShape,
    requestBody: row.requestBody === undefined ? emptyShape : repeat(closed(shapeOf(row.requestBody, classes)), count),
    responseBody: row.responseBody === undefined ? emptyShape : repeat(closed(shapeOf(row.responseBody, classes)), count),
    facts: new Map([
      ...Object.entries(row.facts ?? {}),
      ...(row.auth ?? []).map((kind): [string, number] => [`auth.${kind}`, count]),
      ...(source === 'packets' ? [[`network.${row.network ?? 'private-private'}`, count] as [string, number]] : []),
    ]),
    moments: new Map(Object.entries(row.moments ?? {})),
  }
}

/** A batch of rows. */
export function batch(
  rows: readonly Row[],
  visibility: Readonly<Record<string, Partial<Record<ServiceCount, number>>>> = {},
  counters: Readonly<Record<string, number>> = {},
): Batch {
  return {
    observations: rows.map(observation),
    visibility: Object.entries(visibility).map(([service, counts]) => ({ service, counts: new Map(Object.entries(counts) as [ServiceCount, number][]) })),
    counters: new Map(Object.entries(counters)),
  }
}

/** The shape of one JSON value, as the native digest makes it. */
function shapeOf(value: unknown, classes: Readonly<Record<string, string>> = {}, name = ''): Shape {
  const one = { ...emptyShape, seen: 1 }
  if (value === null) return { ...one, nulls: 1 }
  if (Array.isArray(value)) {
    const items = value.length === 0 ? null : value.map((item) => shapeOf(item, classes, name)).reduce(mergeShape)
    return { ...one, arrays: 1, items, itemsRange: { min: value.length, max: value.length } }
  }
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([key, child]): [string, Shape] => [key, shapeOf(child, classes, key)])
    return { ...one, objects: 1, fields: new Map(fields) }
  }
  const own = classes[name]
  const classed = { classes: new Map(own === undefined ? [] : [[own, 1]]), values: sketch([{ text: String(value), count: 1 }]) }
  if (typeof value === 'boolean') return { ...one, ...classed, booleans: 1 }
  if (typeof value === 'number') {
    const kind = Number.isInteger(value) ? { integers: 1 } : { numbers: 1 }
    return { ...one, ...classed, ...kind, numberRange: { min: value, max: value } }
  }
  const text = String(value)
  const format = /^\d{4}-\d\d-\d\dT/.test(text) ? 'date-time' : null
  return {
    ...one,
    ...classed,
    strings: 1,
    lengthRange: { min: text.length, max: text.length },
    formats: new Map(format === null ? [] : [[format, 1]]),
  }
}

/** As the shape of a body is: its values are a closed set or nothing. */
function closed(shape: Shape): Shape {
  return {
    ...shape,
    values: shape.values === emptyShape.values ? shape.values : { ...shape.values, max: closedSetMax, isSample: false },
    fields: new Map([...shape.fields].map(([name, field]) => [name, closed(field)])),
    items: shape.items && closed(shape.items),
  }
}

/** So many values of the same shape. */
function repeat(shape: Shape, times: number): Shape {
  let repeated = emptyShape
  for (let i = 0; i < times; i += 1) repeated = mergeShape(repeated, shape)
  return repeated
}

function histogram(value: number, count: number): Histogram {
  return { count, sum: value * count, buckets: new Map([[value < 1 ? -1 : Math.floor(Math.log2(value) * 8), count]]) }
}

function sketch(values: readonly { readonly text: string; readonly count: number }[]): Values {
  const rows = values.map(({ text, count }) => ({ hash: keyedHash('test', text) % 2 ** 48, count, text: /^[A-Za-z][\w-]*$/.test(text) ? text : null }))
  const sorted = rows.toSorted((a, b) => a.hash - b.hash)
  const texts = sorted.some(({ text }) => text !== null) ? sorted.map(({ text }) => text) : []
  return { max: 64, isSample: true, hashes: sorted.map(({ hash }) => hash), counts: sorted.map(({ count }) => count), texts }
}
