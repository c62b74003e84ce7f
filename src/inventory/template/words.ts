/** Words that name a function or a fixed place below any collection: they never become a parameter's value by evidence. */
export function isReserved(segment: string): boolean {
  const lower = segment.toLowerCase()
  return reserved.has(lower) || fixedForms.some((form) => form.test(lower))
}

/** Whether a literal names a collection: what stands below it is an item, by convention. */
export function isPlural(literal: string): boolean {
  const last = wordsOf(literal).at(-1) ?? ''
  return (
    last.length > 2 && (irregular.has(last) || (last.endsWith('s') && !/(?:ss|us|is|news|s3|dns|tls|https?|aws|sms|gps|ios|cors|status|alias)$/.test(last)))
  )
}

/** `companies` -> `company`, `boxes` -> `box`, `users` -> `user`; what is no plural stays. */
export function singular(word: string): string {
  const known = irregular.get(word)
  if (known !== undefined) return known
  if (!isPlural(word)) return word
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:x|ch|sh|ss|zz)es$/.test(word)) return word.slice(0, -2)
  if (/(?:status|alias|bus|virus|campus)es$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

/** The words of an identifier: `api-keys`, `apiKeys`, `api_keys` -> `api`, `keys`. */
export function wordsOf(identifier: string): readonly string[] {
  return identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

const irregular: ReadonlyMap<string, string> = new Map([
  ['people', 'person'],
  ['children', 'child'],
  ['men', 'man'],
  ['women', 'woman'],
  ['data', 'datum'],
  ['media', 'medium'],
  ['indices', 'index'],
  ['matrices', 'matrix'],
  ['vertices', 'vertex'],
  ['analyses', 'analysis'],
  ['criteria', 'criterion'],
  ['statuses', 'status'],
  ['aliases', 'alias'],
  ['movies', 'movie'],
  ['cookies', 'cookie'],
  ['leaves', 'leaf'],
])

const fixedForms: readonly RegExp[] = [
  /** Versions: `v1`, `v2beta1`, `2.0`, `2024-01-01`. */
  /^(?:api-)?v\d+(?:[._-]?\d+)*(?:[._-]?(?:alpha|beta|rc)\d*)*$/,
  /^\d+\.\d+(?:\.\d+)*$/,
  /^(?:19|20)\d\d-\d\d(?:-\d\d)?$/,
  /** Locales. */
  /^[a-z]{2}[-_][a-z]{2}$/,
  /** Well-known and hidden places (RFC 8615), files that every crawler asks for. */
  /^\./,
  /^(?:robots|sitemap|humans|security|favicon|manifest|openapi|swagger|service-worker)\.\w+$/,
]

const reserved: ReadonlySet<string> = new Set(
  `me self current my mine whoami session sessions profile account
  search find query filter lookup suggest autocomplete facets
  health healthz healthcheck ready readyz readiness live livez liveness ping status version info metrics stats statistics heartbeat
  login logout signin signout signup register auth oauth oauth2 token tokens refresh revoke authorize callback introspect userinfo sso saml jwks
  api rest graphql rpc soap ws internal public private admin
  new edit create update delete remove list all latest count total batch bulk import export upload download validate verify preview
  enable disable activate deactivate cancel approve reject confirm archive restore start stop pause resume sync reset
  settings config configuration preferences options schema docs swagger openapi static assets
  permissions roles members users groups events logs history comments tags labels images files attachments notifications`.split(/\s+/),
)
