import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'

import { everybody } from '../../src/api/access.ts'
import { buildServer } from '../../src/api/server.ts'
import { readTlsIdentity, renewTls } from '../../src/api/tls.ts'
import { certificateWarning } from '../../src/config/tls_files.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { certificates, type Certificates } from '../source/certificates.ts'
import { sampleView } from './served.ts'

async function tlsServer(files: Certificates) {
  const log = openLog({ level: 'error', format: 'json', color: false, write: () => undefined })
  const app = buildServer(sampleView, { log, access: everybody, tls: readTlsIdentity(files, '/'), limits: { closeTimeoutMs: 0 } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => app.close())
  return { app, url, port: (app.server.address() as AddressInfo).port }
}

/** What a request is answered, and the certificate that was shown. */
function asked(port: number, options: ConnectionOptions): Promise<{ readonly status: number; readonly fingerprint: string; readonly protocol: string | null }> {
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port, path: '/api/v1/services', agent: false, headers: { host: 'localhost', origin: 'https://localhost' }, ...options },
      (response) => {
        const socket = response.socket as TLSSocket
        const found = { status: response.statusCode ?? 0, fingerprint: socket.getPeerCertificate().fingerprint256, protocol: socket.getProtocol() }
        response.resume().on('end', () => resolve(found))
      },
    )
      .on('error', reject)
      .end()
  })
}

test('speaks TLS 1.2 and 1.3, nothing older and nothing plain', async () => {
  const files = certificates()
  const { port, url } = await tlsServer(files)
  expect(url).toBe(`https://127.0.0.1:${port}`)
  expect(await asked(port, { ca: files.ca })).toMatchObject({ status: 200, protocol: 'TLSv1.3' })
  expect(await asked(port, { ca: files.ca, maxVersion: 'TLSv1.2' })).toMatchObject({ status: 200, protocol: 'TLSv1.2' })
  // The client would: with the same options it speaks 1.2 where that is the most.
  const old = { ca: files.ca, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await expect(asked(port, { ...old, maxVersion: 'TLSv1.1' })).rejects.toThrow(/protocol version|unsupported protocol/i)
  expect((await asked(port, { ...old, maxVersion: 'TLSv1.2' })).status).toBe(200)
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})

test('shows a renewed certificate to new connections, and serves those that are open', async () => {
  const [before, after] = [certificates(), certificates()]
  const { app, port } = await tlsServer(before)
  const held = connect({ host: '127.0.0.1', port, ca: before.ca })
  onTestFinished(() => void held.destroy())
  await new Promise((resolve) => held.once('secureConnect', resolve))
  const first = await asked(port, { ca: before.ca })
  renewTls(app, readTlsIdentity(after, '/'))
  const second = await asked(port, { ca: after.ca })
  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.fingerprint).not.toBe(first.fingerprint)
  await expect(asked(port, { ca: before.ca })).rejects.toThrow(/certificate/)
  held.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  expect(String(await new Promise((resolve) => held.once('data', resolve)))).toMatch(/^HTTP\/1\.1 200 /)
})

test.each([
  [
    'a key of another certificate',
    (): Pick<Certificates, 'certFile' | 'keyFile'> => ({ certFile: certificates().certFile, keyFile: certificates().keyFile }),
    /access\.tls\.keyFile: .*localhost\.key is not the key of .*localhost\.pem/,
  ],
  [
    'a certificate that is none',
    (): Pick<Certificates, 'certFile' | 'keyFile'> => ({ ...certificates(), certFile: fileOf('no certificate') }),
    /access\.tls\.certFile: .* holds no certificate in PEM/,
  ],
  ['an empty certificate', () => ({ ...certificates(), certFile: fileOf('') }), /access\.tls\.certFile: .* holds no certificate in PEM/],
  ['an empty key', () => ({ ...certificates(), keyFile: fileOf('') }), /access\.tls\.keyFile: .* holds no private key in PEM/],
  [
    'a file that is not there',
    () => ({ certFile: '/nowhere.pem', keyFile: '/nowhere.key' }),
    /access\.tls\.certFile: cannot read \/nowhere\.pem: no such file/,
  ],
  ['a folder', () => ({ certFile: tmpdir(), keyFile: tmpdir() }), /access\.tls\.certFile: cannot read .*: is a folder/],
])('%s is refused', (_, files, message) => expect(() => readTlsIdentity(files(), '/')).toThrow(message))

function fileOf(text: string): string {
  const path = join(dirname(certificates().certFile), 'no.pem')
  writeFileSync(path, text)
  return path
}

test('a certificate whose time is over, or has not come, is told of', () => {
  const { certFile, keyFile } = certificates()
  const inDays = (days: number): string | null => certificateWarning('access.tls.certFile', certFile, '/', Date.now() + days * 86_400_000)
  expect([inDays(0), inDays(1)]).toEqual([null, null])
  expect(inDays(3)).toMatch(/^access\.tls\.certFile: the certificate of .*localhost\.pem has expired on \d{4}-.*Z: clients refuse it$/)
  expect(inDays(-1)).toMatch(/ counts from \d{4}-.*Z on: clients refuse it until then$/)
  // What cannot be read is a problem already.
  expect(certificateWarning('access.tls.certFile', keyFile, '/', Date.now())).toBe(null)
})
