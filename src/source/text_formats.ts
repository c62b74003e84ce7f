/** The formats of text inputs by the names that the engine knows them by. */
export const textFormats = [
  'combined',
  'common',
  'vcombined',
  'json',
  'exchanges',
  'har',
  'nginx-ingress',
  'traefik',
  'haproxy',
  'istio',
  'envoy',
  'alb',
  'elb',
  'cloudfront',
  'w3c',
  'zeek',
] as const

/** A format by name, or a template of its lines: the `log_format`, `LogFormat` or `log-format` of a server, which the engine compiles. */
export type TextFormat = (typeof textFormats)[number] | `${string}${'$' | '%'}${string}`

/** The format that `text` names, or the template that it is; undefined for a name of none. What is in a template the engine says. */
export function textFormat(text: string): TextFormat | undefined {
  return /[$%]/.test(text) ? (text as TextFormat) : textFormats.find((name) => name === text)
}
