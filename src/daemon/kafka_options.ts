import { createHash } from 'node:crypto'
import { resolve } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import type { KafkaAccess, TlsAccess } from '../source/kafka/client.ts'

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

const pemBytesMax = 1 << 20

/** How the entry at `place` reaches its brokers. Files are read, seen from `cwd`. Throws `TapistryError` (CONFIG) where one cannot be, or a password is missing. */
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
  throw new TapistryError('CONFIG', `${place}.sasl: there is no password; set password to \${NAME} of a variable, or passwordFile to a file`)
}

function tlsAccess({ caFile, certFile, keyFile, rejectUnauthorized }: TlsEntry, place: string, cwd: string): TlsAccess {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new TapistryError('CONFIG', `${place}.tls: certFile and keyFile belong together; set both or neither`)
  }
  const pem = (key: string, file: string): string => {
    try {
      return readTextFile(resolve(cwd, file), pemBytesMax)
    } catch (thrown) {
      throw new TapistryError('CONFIG', `${place}.tls.${key}: cannot read ${file}: ${systemReason(thrown)}`, { cause: thrown })
    }
  }
  return {
    ...(caFile === undefined ? {} : { ca: pem('caFile', caFile) }),
    ...(certFile === undefined ? {} : { cert: pem('certFile', certFile) }),
    ...(keyFile === undefined ? {} : { key: pem('keyFile', keyFile) }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  }
}
