/**
 * On every answer: it is data, not a page, for this origin alone, and nobody keeps it. Where an answer has an ETag it says `private, no-cache` instead. There
 * are no CORS fields: no page of another origin may read.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
