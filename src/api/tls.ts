import { resolve } from 'node:path'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'

import type { FastifyInstance } from 'fastify'

import { systemReason } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { ConfigError } from '../config/config_error.ts'

/** Certificate and key as the server shows them. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
  readonly minVersion: 'TLSv1.2'
}

/** Reads both. Throws `ConfigError` where they cannot be read, or do not belong together. */
export function readTlsIdentity({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }, cwd: string): TlsIdentity {
  const read = (key: string, file: string): string => {
    try {
      return readTextFile(resolve(cwd, file), fileBytesMax)
    } catch (thrown) {
      throw new ConfigError(`access.tls.${key}`, `cannot read ${file}: ${systemReason(thrown)}`, { cause: thrown })
    }
  }
  const identity: TlsIdentity = { cert: read('certFile', certFile), key: read('keyFile', keyFile), minVersion: 'TLSv1.2' }
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

const fileBytesMax = 2 ** 20

/** Shows another certificate to connections that are opened from now on. */
export function renewTls(app: FastifyInstance, identity: TlsIdentity): void {
  ;(app.server as unknown as Server).setSecureContext(identity)
}
