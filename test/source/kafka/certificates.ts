import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files with PEM texts. */
export interface Certificates {
  readonly ca: string
  /** Key and certificate in one, as brokers read it. */
  readonly server: string
  readonly clientCertificate: string
  readonly clientKey: string
}

/** An authority, and what it has signed for a broker at 127.0.0.1 and for a client. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name)
  const openssl = (...words: readonly string[]): void => void execFileSync('openssl', words, { stdio: 'ignore' })
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=looms', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1\n')
  for (const name of ['server', 'client']) {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
    const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names')]
    openssl('x509', '-req', '-in', at(`${name}.csr`), ...signed, '-out', at(`${name}.crt`))
  }
  writeFileSync(at('server.pem'), readFileSync(at('server.key'), 'utf8') + readFileSync(at('server.crt'), 'utf8'))
  return { ca: at('ca.pem'), server: at('server.pem'), clientCertificate: at('client.crt'), clientKey: at('client.key') }
}
