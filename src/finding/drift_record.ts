/** One way in which an endpoint departs from its documented operation. */
export interface Drift {
  readonly kind: DriftKind
  readonly severity: DriftSeverity
  readonly in: DriftPlace
  /** The name of a parameter, a status, a media type, or a JSON path (`$.items[*].price`) below them: `200 application/json $.id`. */
  readonly location: string
  /** What the spec says and what was seen, in a few words; names, types, formats and public texts only. */
  readonly documented: string
  readonly observed: string
  /** How often it departed, out of how often it could have. */
  readonly seen: number
  readonly of: number
  /** A sentence for people. */
  readonly message: string
}

/** `error`: a client or server that trusts the spec breaks. `warning`: the spec does not tell all. `info`: worth knowing, no drift by itself. */
export type DriftSeverity = 'error' | 'warning' | 'info'

type DriftPlace = 'path' | 'query' | 'header' | 'cookie' | 'request' | 'response' | 'security'

export type DriftKind =
  | 'request-parameter-undocumented'
  | 'request-required-parameter-missing'
  | 'request-parameter-type-changed'
  | 'request-parameter-format-changed'
  | 'request-parameter-enum-value-added'
  | 'request-body-missing'
  | 'request-body-undocumented'
  | 'request-media-type-undocumented'
  | 'response-status-undocumented'
  | 'response-body-undocumented'
  | 'response-media-type-undocumented'
  | `${'request' | 'response'}-property-undocumented`
  | `${'request' | 'response'}-required-property-missing`
  | `${'request' | 'response'}-property-type-changed`
  | `${'request' | 'response'}-property-format-changed`
  | `${'request' | 'response'}-property-enum-value-added`
  | `${'request' | 'response'}-property-became-nullable`
  | `${'request' | 'response'}-matches-no-branch`
  | 'response-write-only-property-sent'
  | 'security-not-enforced'
  | 'security-scheme-undocumented'
  | 'comparison-cut-short'
