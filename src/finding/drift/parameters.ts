import type { Endpoint, Parameter as SeenParameter } from '../../inventory/inventory.ts'
import type { Operation, Parameter, Schema } from '../../registry/spec.ts'
import type { Drift, DriftKind } from '../drift_record.ts'
import type { Budget } from './budget.ts'
import { valueDepartures, type Departure } from './values.ts'
import { viewOf } from './view.ts'

/** A parameter on fewer requests than this is a client's own affair (a cache buster, a campaign tag, a probe). */
const undocumentedShareMin = 0.01

/** Path, query, header and cookie parameters. */
export function parameterDrift(endpoint: Endpoint, operation: Operation, budget: Budget): Drift[] {
  const documented = new DocumentedParameters(operation, budget)
  const found: Drift[] = []
  for (const seen of endpoint.parameters) {
    const known = documented.find(seen)
    if (known === 'named') continue
    if (known === undefined) found.push(...undocumented(seen))
    else found.push(...valueDrift(seen, known, budget))
  }
  return [...found, ...missing(endpoint, operation, budget)]
}

class DocumentedParameters {
  readonly #byName: Map<string, Schema | 'named'> = new Map()
  /** Names before a bracket, as in `filter[name]` and `ids[]`. */
  readonly #bracketed: Set<string> = new Set()
  /** An exploded object lends its properties, and may lend any name. */
  #anyQuery: boolean = false

  constructor(operation: Operation, budget: Budget) {
    for (const parameter of operation.parameters) this.#add(parameter, budget)
    for (const scheme of operation.security.flat()) if (scheme.parameter !== '') this.#byName.set(key(scheme.detail, scheme.parameter), 'named')
  }

  /** The schema of the values, `named` where the name is known but nothing is to be compared, undefined where it is not. */
  find(seen: SeenParameter): Schema | 'named' | undefined {
    const exact = this.#byName.get(key(seen.in, seen.name))
    if (exact !== undefined || seen.in !== 'query') return exact
    const bracket = seen.name.indexOf('[')
    if (bracket > 0 && this.#bracketed.has(seen.name.slice(0, bracket))) return 'named'
    return this.#anyQuery ? 'named' : undefined
  }

  #add(parameter: Parameter, budget: Budget): void {
    const view = viewOf(parameter.schema, budget)
    const isArray = view.types?.has('array') === true || view.items !== null
    const isObject = view.types?.has('object') === true || view.properties.size > 0
    // One text holds all items unless they are exploded, and then each is a value of its own.
    const schema = isArray ? (parameter.explode && view.items !== null && view.types?.size === 1 ? view.items : 'named') : isObject ? 'named' : parameter.schema
    this.#byName.set(key(parameter.in, parameter.name), schema)
    if (parameter.in !== 'query') return
    if (isArray || isObject) this.#bracketed.add(parameter.name.replace(/\[.*$/s, ''))
    if (!isObject || parameter.style !== 'form' || !parameter.explode) return
    for (const [name, property] of view.properties) this.#byName.set(key('query', name), property)
    if (view.additional !== false && view.properties.size === 0) this.#anyQuery = true
  }
}

function key(place: string, name: string): string {
  return `${place} ${place === 'header' ? name.toLowerCase() : name}`
}

function undocumented(seen: SeenParameter): Drift[] {
  if (seen.in === 'path' || /^\{.*\}$/s.test(seen.name) || (seen.in === 'header' && addedOnTheWay.test(seen.name))) return []
  // Clients and proxies add header fields and cookies of their own; the query is written for the API.
  const severity = seen.in === 'query' && seen.seen >= seen.of * undocumentedShareMin ? 'warning' : 'info'
  return [drift('request-parameter-undocumented', severity, seen.in, seen.name, 'not named', 'present', seen.seen, seen.of)]
}

/** Header fields of proxies, meshes, tracers and browsers: no API documents them. */
const addedOnTheWay =
  /^(?:x-forwarded-.*|x-real-ip|x-request-id|x-correlation-id|x-requested-with|x-b3-.*|b3|x-amzn?-.*|x-envoy-.*|x-datadog-.*|x-cloud-trace-context|x-client-ip|cf-.*|true-client-ip|traceparent|tracestate|baggage|sentry-trace|sec-.*|dnt|priority|forwarded|via|upgrade-insecure-requests|proxy-.*)$/i

const kinds: Readonly<Record<Exclude<Departure['aspect'], 'null'>, DriftKind>> = {
  type: 'request-parameter-type-changed',
  format: 'request-parameter-format-changed',
  enum: 'request-parameter-enum-value-added',
}

function valueDrift(seen: SeenParameter, schema: Schema, budget: Budget): Drift[] {
  return valueDepartures(viewOf(schema, budget), seen.shape, 'untyped').flatMap((departure) => {
    if (departure.aspect === 'null') return []
    return [drift(kinds[departure.aspect], departure.severity, seen.in, seen.name, departure.documented, departure.observed, departure.seen, departure.of)]
  })
}

/** Requests that were accepted without a parameter that the spec calls required: at least those that are more than all that carried it. */
function missing(endpoint: Endpoint, operation: Operation, budget: Budget): Drift[] {
  const refused = [...endpoint.statuses].reduce((sum, [status, count]) => sum + (status >= 200 && status < 300 ? 0 : count), 0)
  return operation.parameters.flatMap((parameter) => {
    if (!parameter.required || parameter.in === 'path' || !isVisible(endpoint, parameter) || isScattered(parameter, budget)) return []
    const carried = endpoint.parameters.filter((seen) => seen.in === parameter.in && isCarrierOf(seen, parameter))
    const most = carried.reduce((sum, { seen }) => Math.max(sum, seen), 0)
    const requests = carried[0]?.of ?? (parameter.in === 'query' ? endpoint.exchanges : endpoint.auth.of)
    const of = requests - refused
    const without = of - most
    if (without <= 0) return []
    return [drift('request-required-parameter-missing', 'warning', parameter.in, parameter.name, 'required', 'absent from accepted requests', without, of)]
  })
}

/** Standard header fields are not recorded as parameters, and names that look like values are hidden: of neither can one say that it was absent. */
function isVisible(endpoint: Endpoint, parameter: Parameter): boolean {
  if (parameter.in === 'header' && !/^x-/i.test(parameter.name) && !endpoint.parameters.some((seen) => isCarrierOf(seen, parameter))) return false
  return !endpoint.parameters.some((seen) => seen.in === parameter.in && seen.name.startsWith('{'))
}

/** An exploded object is not seen under its own name. */
function isScattered(parameter: Parameter, budget: Budget): boolean {
  const view = viewOf(parameter.schema, budget)
  return parameter.in === 'query' && parameter.style === 'form' && parameter.explode && (view.properties.size > 0 || view.types?.has('object') === true)
}

function isCarrierOf(seen: SeenParameter, parameter: Parameter): boolean {
  if (key(seen.in, seen.name) === key(parameter.in, parameter.name)) return true
  // Arrays and objects of a query go by other names: `ids[]`, `filter[a]`, or those of their properties.
  return parameter.in === 'query' && seen.in === 'query' && seen.name.startsWith(`${parameter.name.replace(/\[.*$/s, '')}[`)
}

function drift(
  kind: DriftKind,
  severity: Drift['severity'],
  place: SeenParameter['in'],
  name: string,
  documented: string,
  observed: string,
  seen: number,
  of: number,
): Drift {
  const noun = place === 'header' ? 'Header field' : place === 'cookie' ? 'Cookie' : place === 'path' ? 'Path parameter' : 'Query parameter'
  return {
    kind,
    severity,
    in: place,
    location: name,
    documented,
    observed,
    seen,
    of,
    message: `${noun} ${name}: the spec says ${documented}, traffic shows ${observed} (${seen} of ${of}).`,
  }
}
