import { statSync, type Stats } from 'node:fs'

import { systemReason } from '../base/errors.ts'

/** What lies at a path, null where nothing does; why that cannot be told, in words, where it cannot. */
export function lookAt(path: string): Stats | string | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch (thrown) {
    return systemReason(thrown)
  }
}
