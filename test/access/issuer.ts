import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import { onTestFinished } from 'vitest'

/** An issuer of JWTs that listens on a port of this machine until the test ends. */
export interface Issuer {
  readonly url: string
  /** Paths that were asked for. */
  readonly asked: readonly string[]
  /** Signs with the newest key. */
  sign(claims: JWTPayload, header?: { readonly alg?: string; readonly kid?: string | null }): Promise<string>
  /** Signs with keys of nobody. */
  signForeign(claims: JWTPayload): Promise<string>
  /** Takes a new key, which is the only one from then on. */
  rotate(): Promise<void>
  /** Shows another key beside it, as issuers do that are about to take a new one. */
  announce(): Promise<void>
  /** What it answers in place of the truth, by path. */
  readonly lies: Map<string, { readonly status?: number; readonly body?: string; readonly location?: string }>
}

export async function issuer(): Promise<Issuer> {
  let count = 0
  let keys = await newKeys()
  let announced: object[] = []
  const asked: string[] = []
  const lies: Issuer['lies'] = new Map()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const truth = path === '/jwks' ? { keys: [keys.jwk, ...announced] } : { issuer: url, jwks_uri: `${url}/jwks`, authorization_endpoint: `${url}/authorize` }
    const { status = 200, body = JSON.stringify(truth), location } = lies.get(path) ?? {}
    response.writeHead(status, { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })

  async function newKeys(): Promise<{ readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: object }> {
    count += 1
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const kid = `key-${count}`
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
  }

  return {
    url,
    asked,
    lies,
    sign: async (claims, { alg = 'ES256', kid = keys.kid } = {}) =>
      new SignJWT(claims).setProtectedHeader(kid === null ? { alg } : { alg, kid }).sign(keys.privateKey),
    signForeign: async (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: keys.kid }).sign((await newKeys()).privateKey),
    async rotate() {
      keys = await newKeys()
    },
    async announce() {
      announced = [(await newKeys()).jwk]
    },
  }
}
