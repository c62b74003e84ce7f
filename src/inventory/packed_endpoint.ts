import type { EndpointDocument } from './document.ts'

/** Packs endpoints; of values that many have alike, they share one. */
export function endpointPacker(): (endpoint: EndpointDocument) => PackedEndpoint {
  const known = new Map<string, unknown>()
  function shared<T>(value: T): T {
    const text = JSON.stringify(value)
    if (!known.has(text)) {
      if (known.size >= sharedMax) known.clear()
      known.set(text, value)
    }
    return known.get(text) as T
  }
  return (endpoint) => new PackedEndpoint(endpoint, shared)
}

/** Other templates that the endpoint was shown under. */
export function aliasesOf(endpoint: EndpointDocument): EndpointDocument['templateInfo']['aliases'] {
  return endpoint instanceof PackedEndpoint ? endpoint.aliases : endpoint.templateInfo.aliases
}

/** Beyond it they are forgotten, and those that come are kept anew. */
const sharedMax = 10_000

/**
 * An endpoint that is held for long: what lists are filtered, sorted and compared by is at hand, all the rest is text until somebody asks for it. As objects it takes
 * four times the memory, and the garbage collector looks at each of them.
 */
export class PackedEndpoint implements EndpointDocument {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly kind: string
  readonly labels: EndpointDocument['labels']
  readonly exchanges: number
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly auth: EndpointDocument['auth']
  readonly dataClasses: EndpointDocument['dataClasses']
  readonly sources: EndpointDocument['sources']
  readonly risk: EndpointDocument['risk']
  /** Those of `templateInfo`. */
  readonly aliases: EndpointDocument['templateInfo']['aliases']
  /** The whole endpoint as JSON. */
  readonly text: string

  constructor(endpoint: EndpointDocument, shared: <T>(value: T) => T) {
    const { id, method, template, kind, labels, exchanges, firstSeen, lastSeen, auth, dataClasses, sources, risk } = endpoint
    this.id = id
    this.method = method
    this.template = template
    this.kind = kind
    this.labels = shared(labels)
    this.exchanges = exchanges
    this.firstSeen = firstSeen
    this.lastSeen = lastSeen
    this.auth = auth.length === 0 ? none : auth
    this.dataClasses = dataClasses.length === 0 ? none : dataClasses
    this.sources = sources
    this.risk = shared(risk)
    this.aliases = endpoint.templateInfo.aliases.length === 0 ? none : endpoint.templateInfo.aliases
    this.text = JSON.stringify(endpoint)
  }

  /** An object with `200` among its keys has room for two hundred more. Names of traffic come behind it, and quotes in values are escaped. */
  get statuses(): EndpointDocument['statuses'] {
    const from = this.text.indexOf(statusesBegin) + statusesBegin.length - 1
    return JSON.parse(this.text.slice(from, this.text.indexOf('}', from) + 1)) as EndpointDocument['statuses']
  }

  get operationId(): EndpointDocument['operationId'] {
    return this.whole().operationId
  }

  get facts(): EndpointDocument['facts'] {
    return this.whole().facts
  }

  get parameters(): EndpointDocument['parameters'] {
    return this.whole().parameters
  }

  get request(): EndpointDocument['request'] {
    return this.whole().request
  }

  get responses(): EndpointDocument['responses'] {
    return this.whole().responses
  }

  get withoutCredentials(): EndpointDocument['withoutCredentials'] {
    return this.whole().withoutCredentials
  }

  get clients(): EndpointDocument['clients'] {
    return this.whole().clients
  }

  get latencyMs(): EndpointDocument['latencyMs'] {
    return this.whole().latencyMs
  }

  get templateInfo(): EndpointDocument['templateInfo'] {
    return this.whole().templateInfo
  }

  /** With all of its fields as its own, parsed anew with each call. */
  whole(): EndpointDocument {
    return JSON.parse(this.text) as EndpointDocument
  }

  toJSON(): EndpointDocument {
    return this.whole()
  }
}

const none: readonly never[] = []

const statusesBegin = '"statuses":{'
