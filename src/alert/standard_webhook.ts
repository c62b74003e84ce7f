import { createHmac } from 'node:crypto'

/** The header fields that name and sign a body as Standard Webhooks say; with several keys, while they are changed, there are several signatures. */
export function signedHeaders(keys: readonly Buffer[], id: string, atMs: number, body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  }
}

/** The keys of `whsec_` and base64, with spaces between them where there are several; null where one is none, or has not 24 to 64 bytes. */
export function webhookKeys(text: string): readonly Buffer[] | null {
  const words = text.split(/\s+/)
  const keys = words.map((word) => Buffer.from(word.slice(prefix.length), 'base64'))
  const areWritten = words.every((word) => word.startsWith(prefix) && /^[A-Za-z0-9+/]+={0,2}$/.test(word.slice(prefix.length)))
  return areWritten && keys.every(({ length }) => length >= 24 && length <= 64) ? keys : null
}

const prefix = 'whsec_'
