import { systemReason, TapistryError } from '../base/errors.ts'

/** REST of a running daemon. All reject with `TapistryError` that says what it answered. */
export interface ServerClient {
  /** An answer of JSON, and its ETag. */
  json(path: string): Promise<{ readonly value: unknown; readonly etag: string | null }>
  text(path: string): Promise<string>
  /** Sends a body of `type`, or none; the answer of JSON, null where there is none. */
  send(method: 'POST' | 'DELETE', path: string, body?: { readonly type: string; readonly text: string }): Promise<unknown>
}

/** The daemon at `server`, such as `http://127.0.0.1:7411`; `shown` are the header fields of `serverTokenFields`. */
export function serverClient(server: string, shown: Readonly<Record<string, string>>): ServerClient {
  const base = baseOf(server)
  async function ask(
    path: string,
    { headers = {}, ...options }: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly text: string; readonly etag: string | null }> {
    let response: Response
    let text: string
    try {
      response = await fetch(`${base}/api/v1${path}`, {
        ...options,
        headers: { ...headers, ...shown },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      text = await boundedText(response)
    } catch (thrown) {
      if (thrown instanceof TapistryError) throw thrown
      const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
      throw new TapistryError('INPUT', `${base}: cannot be asked: ${systemReason(cause)}; is the daemon running there?`, { cause: thrown })
    }
    if (response.ok) return { text, etag: response.headers.get('etag') }
    const [said, ...places] = refusalOf(`${base}/api/v1${path.split('?', 1)[0]}`, response.status, text)
    const hint = response.status === 401 || response.status === 403 ? '; show another token with TAPISTRY_TOKEN or --token-file' : ''
    throw new TapistryError('INPUT', [`${said}${hint}`, ...places])
  }
  return {
    async json(path) {
      const { text, etag } = await ask(path, {})
      return { value: parsed(base, text), etag }
    },
    text: async (path) => (await ask(path, {})).text,
    async send(method, path, body) {
      const { text } = await ask(path, { method, ...(body === undefined ? {} : { body: body.text, headers: { 'content-type': body.type } }) })
      return text === '' ? null : parsed(base, text)
    },
  }
}

const timeoutMs = 60_000
/** Of one answer: a document of a service with 20,000 endpoints is half of it. */
const answerBytesMax = 256 * 2 ** 20

function baseOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TapistryError('USAGE', `--server ${server}: a URL such as http://127.0.0.1:7411 is expected`)
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length
    if (bytes > answerBytesMax) throw new TapistryError('INPUT', `the answer of ${response.url.split('?', 1)[0]} is larger than ${answerBytesMax} bytes`)
    text += decoder.decode(chunk as Uint8Array, { stream: true })
  }
  return text + decoder.decode()
}

function parsed(base: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new TapistryError('INPUT', `${base}: answers no JSON; is it Tapistry that listens there?`, { cause: thrown })
  }
}

/** What a problem of RFC 9457 says, with the places in a document. */
function refusalOf(url: string, status: number, text: string): readonly [string, ...string[]] {
  try {
    const { detail, errors = [] } = JSON.parse(text) as { detail?: string; errors?: ReadonlyArray<{ line?: number; column?: number; detail: string }> }
    const places = errors.filter(({ line }) => line !== undefined).map((error) => `${error.line}:${error.column}: ${error.detail}`)
    if (detail !== undefined) return [`${url}: ${detail}`, ...places.slice(0, placesMax)]
  } catch {
    // No answer of ours.
  }
  return [`${url}: the answer is ${status}`]
}

const placesMax = 20
