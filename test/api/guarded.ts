import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Scope } from '../../src/access/scope.ts'
import { newTokenText, tokenIdentity } from '../../src/access/token_text.ts'
import { openGuarded, type Guarded, type GuardedOptions } from '../../src/daemon/guarded.ts'
import { openAccessStore, type AccessStore } from '../../src/storage/access_store.ts'

/** Who may ask, as the daemon has it, over a data folder of its own. */
export interface GuardedFolder {
  readonly access: Guarded
  /** The same data folder, as another process has it open. */
  readonly store: AccessStore
  /** Makes a token and returns its text. */
  token(given: { readonly scopes: readonly Scope[]; readonly services?: readonly string[]; readonly expiresMs?: number; readonly isRevoked?: boolean }): string
  close(): void
}

export const accessDefault: GuardedOptions['access'] = { hosts: [], rateLimit: { perMinute: 100_000, unknownPerMinute: 100_000 } }

export const oidcDefault = { algorithms: ['ES256', 'RS256'], clockTolerance: '30s', scopes: ['openid', 'profile'], sessionLifetime: '8h' } as const

export function guardedFolder(options: Partial<GuardedOptions> = {}): GuardedFolder {
  const dataDir = mkdtempSync(join(tmpdir(), 'tapistry-guarded-'))
  const access = openGuarded({
    dataDir,
    access: accessDefault,
    isLoopback: false,
    now: Date.now,
    onFailure: (_, thrown) => {
      throw thrown
    },
    ...options,
  })
  const store = openAccessStore(dataDir, () => undefined)
  return {
    access,
    store,
    token({ scopes, services = null, expiresMs = null, isRevoked = false }) {
      const text = newTokenText()
      const { id, sha256 } = tokenIdentity(text) ?? { id: '', sha256: Buffer.alloc(0) }
      store.addToken({ id, name: id, scopes, services, createdMs: 1, expiresMs, lastUsedMs: null, revokedMs: null }, sha256)
      if (isRevoked) store.revokeToken(id, 2)
      return text
    },
    close() {
      access.close()
      store.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
