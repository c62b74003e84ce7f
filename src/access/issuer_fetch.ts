import { systemReason, TapistryError } from '../base/errors.ts'
import { isLoopback } from '../base/loopback.ts'

/** What `issuerFetch` takes of `fetch`. */
interface IssuerRequest {
  readonly method?: string
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: string | URLSearchParams | null
  readonly signal?: AbortSignal | null
}

/**
 * Asks an issuer of logins: over HTTPS, but on this machine; without following it elsewhere, for a bounded time and a bounded answer. Throws `TapistryError`
 * (RUNTIME) where it cannot be asked.
 */
export async function issuerFetch(url: string, { method = 'GET', headers, body, signal }: IssuerRequest = {}): Promise<Response> {
  const { protocol, hostname, origin } = new URL(url)
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    throw new TapistryError('RUNTIME', `${origin}: an issuer of logins is asked over https`)
  }
  try {
    const signals = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]
    const response = await fetch(url, {
      method,
      ...(headers === undefined ? {} : { headers }),
      ...(body ? { body } : {}),
      redirect: 'manual',
      signal: AbortSignal.any(signals),
    })
    const { status, statusText } = response
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > answerBytesMax) throw new RangeError(`answers with more than ${answerBytesMax} bytes`)
      chunks.push(chunk)
    }
    return new Response([101, 204, 205, 304].includes(status) ? null : Buffer.concat(chunks), { status, statusText, headers: response.headers })
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
    throw new TapistryError('RUNTIME', `${origin}: cannot be asked (${systemReason(cause)})`, { cause: thrown })
  }
}

const timeoutMs = 5_000
/** Keys of an issuer take some kilobytes. */
const answerBytesMax = 2 ** 20
