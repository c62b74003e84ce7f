import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { resolve } from 'node:path'

import { systemReason } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { ConfigError, orConfigError } from './config_error.ts'

/** Files of TLS as a source has them, or REST. */
interface TlsFiles {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

const pemBytesMax = 1 << 20

/** The text of a file that stands at `key`, seen from `cwd`. Throws `ConfigError` where it cannot be read. */
export function readPem(key: string, file: string, cwd: string): string {
  try {
    return readTextFile(resolve(cwd, file), pemBytesMax)
  } catch (thrown) {
    throw new ConfigError(key, `cannot read ${file}: ${systemReason(thrown)}`, { cause: thrown })
  }
}

/** What is wrong with the files of TLS at `key`: a connection would only find out when there is one. */
export function tlsFileProblems({ caFile, certFile, keyFile }: TlsFiles, key: string, cwd: string): ConfigError[] {
  const certificateIn = (name: string, file: string): X509Certificate =>
    parsed(`${key}.${name}`, file, cwd, 'certificate in PEM', (pem) => new X509Certificate(pem))
  const privateKeyIn = (name: string, file: string): KeyObject =>
    parsed(`${key}.${name}`, file, cwd, 'private key in PEM that can be read without a passphrase', createPrivateKey)
  const ca = caFile === undefined ? null : orConfigError(() => certificateIn('caFile', caFile))
  const cert = certFile === undefined ? null : orConfigError(() => certificateIn('certFile', certFile))
  const ownKey = keyFile === undefined ? null : orConfigError(() => privateKeyIn('keyFile', keyFile))
  const problems = [ca, cert, ownKey].filter((one) => one instanceof ConfigError)
  const isPair = !(cert instanceof X509Certificate) || ownKey === null || ownKey instanceof ConfigError || cert.checkPrivateKey(ownKey)
  return isPair ? problems : [...problems, new ConfigError(`${key}.keyFile`, `${keyFile} is not the key of ${certFile}`)]
}

/** What clients may refuse of a certificate that can be read: that its time is over, or has not come. Null where nothing is, or it cannot be read. */
export function certificateWarning(key: string, certFile: string, cwd: string, nowMs: number): string | null {
  const certificate = orConfigError(() => parsed(key, certFile, cwd, 'certificate in PEM', (pem) => new X509Certificate(pem)))
  if (certificate instanceof ConfigError) return null
  const { validFromDate, validToDate } = certificate
  if (nowMs > validToDate.getTime()) return `${key}: the certificate of ${certFile} has expired on ${validToDate.toISOString()}: clients refuse it`
  return nowMs < validFromDate.getTime()
    ? `${key}: the certificate of ${certFile} counts from ${validFromDate.toISOString()} on: clients refuse it until then`
    : null
}

function parsed<T>(key: string, file: string, cwd: string, what: string, parse: (pem: string) => T): T {
  const pem = readPem(key, file, cwd)
  try {
    return parse(pem)
  } catch (thrown) {
    throw new ConfigError(key, `${file} holds no ${what}`, { cause: thrown })
  }
}
