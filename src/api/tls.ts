import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'

import type { FastifyInstance } from 'fastify'

import { systemReason } from '../base/errors.ts'
import { ConfigError } from '../config/config_error.ts'
import { readPem, tlsFileProblems } from '../config/tls_files.ts'

/** Certificate and key as the server shows them. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
  readonly minVersion: 'TLSv1.2'
}

/** Reads both. Throws `ConfigError` where they cannot be read, or do not belong together. */
export function readTlsIdentity({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }, cwd: string): TlsIdentity {
  // OpenSSL takes an empty file for none, and a server without a certificate then.
  const [problem] = tlsFileProblems({ certFile, keyFile }, 'access.tls', cwd)
  if (problem !== undefined) throw problem
  const [cert, key] = [readPem('access.tls.certFile', certFile, cwd), readPem('access.tls.keyFile', keyFile, cwd)]
  const identity: TlsIdentity = { cert, key, minVersion: 'TLSv1.2' }
  try {
    createSecureContext(identity)
    return identity
  } catch (thrown) {
    // The message is OpenSSL's, of the form of the files; the code says it shorter.
    throw new ConfigError('access.tls', `${certFile} and ${keyFile} are no certificate with its key in PEM (${systemReason(thrown)})`, {
      cause: thrown,
    })
  }
}

/** Shows another certificate to connections that are opened from now on. */
export function renewTls(app: FastifyInstance, identity: TlsIdentity): void {
  ;(app.server as unknown as Server).setSecureContext(identity)
}
