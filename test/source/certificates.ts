import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

export interface Certificates {
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
  readonly ca: Buffer
  readonly client: { readonly cert: Buffer; readonly key: Buffer }
}

/** What `writeCertificates` makes; gone when the test ends. */
export function certificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return writeCertificates(folder)
}

/** An authority, and certificates of it for `localhost` and for a client, as openssl makes them. */
export function writeCertificates(folder: string): Certificates {
  const openssl = (...words: readonly string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  for (const name of ['localhost', 'client']) {
    openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      `${name}.pem`,
    )
  }
  const path = (name: string): string => join(folder, name)
  const read = (name: string): Buffer => readFileSync(path(name))
  return {
    certFile: path('localhost.pem'),
    keyFile: path('localhost.key'),
    caFile: path('ca.pem'),
    ca: read('ca.pem'),
    client: { cert: read('client.pem'), key: read('client.key') },
  }
}
