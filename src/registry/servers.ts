import type { Problems } from './problems.ts'
import type { Located } from './references.ts'
import type { JsonObject, JsonValue, Server } from './spec.ts'
import { isList, isObject, member, objectMember, textMember } from './tree.ts'

const serversMax = 200
/** Combinations of enumerated variables that one URL may expand to; beyond it a variable is a wildcard. */
const expansionsMax = 64

export const relativeServer: Server = { scheme: '', host: null, basePath: '', url: '/' }

/** Reads `servers`; null where the list is absent or empty, so that the next outer one applies. */
export function readServers(holder: Located<JsonObject>, problems: Problems): Server[] | null {
  const list = member(holder.value, 'servers')
  if (list === undefined) return null
  const report = (container: object, message: string, key?: string): void => {
    problems.add(holder.document.file, holder.document.place(container, key), `${holder.pointer}/servers`, message)
  }
  if (!isList(list)) {
    report(holder.value, '`servers` is not a list: it is ignored', 'servers')
    return null
  }
  const servers: Server[] = []
  for (const entry of list) {
    if (servers.length >= serversMax) {
      report(list, `more than ${serversMax} servers: the rest is ignored`)
      break
    }
    const url = isObject(entry) ? textMember(entry, 'url') : null
    if (!isObject(entry) || url === null) report(isObject(entry) ? entry : list, 'a server without `url` is ignored')
    else servers.push(...expandServer(url, objectMember(entry, 'variables')))
  }
  return servers.length === 0 ? null : servers.slice(0, serversMax)
}

/** `host`, `basePath` and `schemes` of OpenAPI 2.0. */
export function readSwaggerServers(root: JsonObject): Server[] {
  const host = textMember(root, 'host') ?? ''
  const basePath = textMember(root, 'basePath') ?? ''
  if (host === '') return expandServer(basePath === '' ? '/' : basePath, null)
  const schemes = member(root, 'schemes')
  const names = isList(schemes) ? schemes.filter((scheme) => typeof scheme === 'string') : []
  return (names.length === 0 ? ['https'] : names).slice(0, 8).flatMap((scheme) => expandServer(`${scheme}://${host}${basePath}`, null))
}

/** One URL with its variables: one server for each combination of enumerated values, `*` or `{name}` where any value may stand. */
export function expandServer(url: string, variables: JsonObject | null): Server[] {
  const servers: Server[] = []
  for (const values of combinations(variableNames(url), variables)) {
    const server = parseServer(url, values)
    if (server.host !== null && /^\*(?::|$)/.test(server.host)) servers.push(...withoutHostName(url, server, values, variables))
    else servers.push(server)
    const usual = withDefaultPath(url, server, values, variables)
    if (usual !== null) servers.unshift(usual)
  }
  return servers
}

/** A host that is one variable says nothing about where the API lives, beyond its default. */
function withoutHostName(url: string, server: Server, values: Values, variables: JsonObject | null): Server[] {
  const usual = parseServer(url, withDefaults(values, variables))
  const relative: Server = { ...server, scheme: '', host: null }
  return usual.host === null || usual.host === '' || usual.host.includes('*') ? [relative] : [usual, relative]
}

/** Where a path variable has a default, the default is tried before the wildcard. */
function withDefaultPath(url: string, server: Server, values: Values, variables: JsonObject | null): Server | null {
  if (!server.basePath.includes('{')) return null
  const usual = parseServer(url, withDefaults(values, variables))
  return usual.basePath.includes('{') ? null : { ...server, basePath: usual.basePath }
}

/** Variable name to its value, null for "any". */
type Values = ReadonlyMap<string, string | null>

function combinations(names: readonly string[], variables: JsonObject | null): Values[] {
  let all: Map<string, string | null>[] = [new Map()]
  for (const name of names) {
    const allowed = enumOf(variables, name)
    const choices = allowed !== null && all.length * allowed.length <= expansionsMax ? allowed : [null]
    all = all.flatMap((values) => choices.map((choice) => new Map(values).set(name, choice)))
  }
  return all
}

function enumOf(variables: JsonObject | null, name: string): string[] | null {
  const variable = variables === null ? null : objectMember(variables, name)
  const values = variable === null ? undefined : member(variable, 'enum')
  if (!isList(values) || values.length === 0) return null
  return values.map(textOf).filter((value) => value !== null)
}

function withDefaults(values: Values, variables: JsonObject | null): Values {
  const filled = new Map(values)
  for (const [name, value] of values) {
    const variable = variables === null ? null : objectMember(variables, name)
    if (value === null && variable !== null) filled.set(name, textOf(member(variable, 'default') ?? null))
  }
  return filled
}

function textOf(value: JsonValue): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null
}

function variableNames(url: string): string[] {
  return [...new Set([...url.slice(0, 2000).matchAll(/\{([^{}/]*)\}/g)].map((found) => found[1] ?? ''))].slice(0, 20)
}

function parseServer(url: string, values: Values): Server {
  const filled = url.trim().replaceAll(/\{([^{}/]*)\}/g, (whole, name: string) => values.get(name) ?? whole)
  const found = /^(?:([a-z][a-z0-9+.-]*|\{[^{}/]*\}):)?\/\/([^/?#]*)/i.exec(filled)
  const scheme = found?.[1]?.toLowerCase() ?? ''
  const basePath = normalPath(filled.slice(found?.[0].length ?? 0))
  if (found === null) return { scheme: '', host: null, basePath, url }
  const named = scheme.startsWith('{') ? '' : scheme
  return { scheme: named, host: normalHost(found[2] ?? '', named), basePath, url }
}

/** Lower case, without user information and the default port; `*` for a variable. */
function normalHost(authority: string, scheme: string): string {
  const host = authority
    .slice(authority.lastIndexOf('@') + 1)
    .replaceAll(/\{[^{}]*\}/g, '*')
    .toLowerCase()
  if (scheme !== 'http' && host.endsWith(':443')) return host.slice(0, -4)
  if (scheme !== 'https' && host.endsWith(':80')) return host.slice(0, -3)
  return host
}

function normalPath(path: string): string {
  const end = path.search(/[?#]/)
  const segments = (end === -1 ? path : path.slice(0, end)).split('/').filter((segment) => segment !== '' && segment !== '.')
  return segments.length === 0 ? '' : `/${segments.join('/')}`
}
