import { createHash } from 'node:crypto'

import { ConfigError } from '../config/config_error.ts'
import type { KafkaAccess, TlsAccess } from '../source/kafka/client.ts'
import { readPem } from '../config/tls_files.ts'

/** A `kafka` entry of the configuration, as its schema lets it through. */
interface KafkaEntry {
  readonly brokers: readonly string[]
  readonly topics: readonly string[]
  readonly group: string
  readonly sasl?: { readonly mechanism: NonNullable<KafkaAccess['sasl']>['mechanism']; readonly username: string; readonly password?: string }
  readonly tls?: boolean | TlsEntry
}

interface TlsEntry {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly rejectUnauthorized?: boolean
}

/** How the entry at `place` reaches its brokers. Files are read, seen from `cwd`. Throws `ConfigError` where one cannot be, or a password is missing. */
export function kafkaAccess(entry: Readonly<Record<string, unknown>>, place: string, cwd: string, hashKey: Uint8Array): KafkaAccess {
  const { brokers, topics, group, sasl, tls } = entry as unknown as KafkaEntry
  return {
    brokers,
    topics: [...new Set(topics)],
    group,
    member: `tapistry-${createHash('sha256').update('kafka member').update(hashKey).digest('hex').slice(0, 16)}`,
    ...(sasl === undefined ? {} : { sasl: { ...sasl, password: passwordOf(sasl, place) } }),
    ...(tls === undefined || tls === false ? {} : { tls: tlsAccess(tls === true ? {} : tls, place, cwd) }),
  }
}

function passwordOf({ password }: NonNullable<KafkaEntry['sasl']>, place: string): string {
  if (password !== undefined && password !== '') return password
  throw new ConfigError(`${place}.sasl`, 'there is no password; set password to ${NAME} of a variable, or passwordFile to a file')
}

function tlsAccess({ caFile, certFile, keyFile, rejectUnauthorized }: TlsEntry, place: string, cwd: string): TlsAccess {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigError(`${place}.tls`, 'certFile and keyFile belong together; set both or neither')
  }
  const pem = (name: string, file: string): string => readPem(`${place}.tls.${name}`, file, cwd)
  return {
    ...(caFile === undefined ? {} : { ca: pem('caFile', caFile) }),
    ...(certFile === undefined ? {} : { cert: pem('certFile', certFile) }),
    ...(keyFile === undefined ? {} : { key: pem('keyFile', keyFile) }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  }
}
