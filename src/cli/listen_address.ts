import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { assertListenable, type ListenAddress } from '../api/listen.ts'
import type { Config } from '../config/options.ts'
import { holdsToken } from '../storage/access_store.ts'
import { databaseName } from '../storage/data_folder.ts'

/** Where REST listens. Throws `ConfigError` where nothing tells who asks there. Changes nothing in the data folder. */
export function listenAddress({ listen, dataDir, access }: Pick<Config, 'listen' | 'dataDir' | 'access'>, cwd: string): ListenAddress {
  const folder = resolve(cwd, dataDir)
  const file = join(folder, databaseName)
  return assertListenable(listen, { dataDir: folder, isGuarded: () => access.oidc !== undefined || (existsSync(file) && holdsToken(file, Date.now())) })
}
