import { request } from 'node:http'

/** As much of a browser as a login takes: it holds cookies by host, follows what it is told to, and fills in forms. */
export interface Browser {
  /** Goes to an address, and on from there; the address where it ends up, and the answer. */
  go(url: string, form?: Readonly<Record<string, string>>): Promise<Page>
  /** One request with the cookies of the place, followed nowhere. */
  ask(url: string, options?: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }): Promise<Response>
  /** The cookies that it holds for a place. */
  cookies(url: string): ReadonlyMap<string, string>
}

interface Page {
  readonly url: string
  readonly response: Response
  readonly text: string
}

export function browser(): Browser {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string): Map<string, string> => {
    const { host } = new URL(url)
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }
  const ask: Browser['ask'] = async (url, { method = 'GET', headers = {}, body = '' } = {}) => {
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await answered(url, method, { ...(cookie === '' ? {} : { cookie }), ...headers }, body)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0(?:;|$)|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  return {
    ask,
    cookies: jarOf,
    async go(first, form) {
      let url = first
      let options: Parameters<typeof ask>[1] = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form).toString() }
      for (let hops = 0; hops < 20; hops += 1) {
        const response = await ask(url, { ...options, headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })
        const location = response.headers.get('location')
        if (location === null || response.status < 300 || response.status > 399) return { url, response, text: await response.text() }
        url = new URL(location, url).href
        options = {}
      }
      throw new Error(`${first} leads nowhere`)
    },
  }
}

/** `fetch` says by itself where a request comes from (Sec-Fetch-Mode). */
function answered(url: string, method: string, headers: Readonly<Record<string, string>>, body: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const form = body === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }
    request(url, { method, agent: false, headers: { ...headers, ...form } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const fields = new Headers()
        for (const [name, values] of Object.entries(response.headersDistinct)) for (const value of values ?? []) fields.append(name, value)
        resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers: fields }))
      })
    })
      .on('error', reject)
      .end(body)
  })
}
