import { existsSync } from 'node:fs'

import { openDataFolder } from './data_folder.ts'
import { lockFolder } from './lock.ts'
import type { Repository } from './repository.ts'
import { isOutdated } from './open_database.ts'
import { sqliteRepository } from './sqlite.ts'

/** A data folder that is open. */
export interface Store {
  readonly repository: Repository
  /** The key of keyed hashes. */
  readonly hashKey: Uint8Array
  /** The same as text, for the priorities of the state. */
  readonly secret: string
  close(): void
}

export interface StoreOptions {
  /** Who writes, as others are told (`tapistry scan`): holds the lock of the folder until it is closed. Null for one who only reads and needs none. */
  readonly writer: string | null
  /** Is told in a sentence when the database is brought to the schema of this version. */
  readonly note: (line: string) => void
}

/** Opens the data folder at `path`, a new one where there is none. Throws `TapistryError` (STORAGE) with what is wrong with it, or who writes into it. */
export function openStore(path: string, { writer, note }: StoreOptions): Store {
  const { databasePath, hashKey } = openDataFolder(path)
  const secret = Buffer.from(hashKey).toString('hex')
  const lock = writer === null ? null : lockFolder(path, writer)
  try {
    // A reader changes the schema alone, and then there must be no writer.
    if (lock === null && existsSync(databasePath) && isOutdated(databasePath)) openStore(path, { writer: 'tapistry, to change the schema', note }).close()
    const repository = sqliteRepository(databasePath, secret, note)
    return {
      repository,
      hashKey,
      secret,
      close() {
        repository.close()
        lock?.release()
      },
    }
  } catch (thrown) {
    lock?.release()
    throw thrown
  }
}
