import { TapistryError } from '../../src/base/errors.ts'
import type { Repository } from '../../src/storage/repository.ts'

export const full: TapistryError = new TapistryError('STORAGE', 'the disk is full')

/** A real store that refuses to commit while it is told to. */
export function refusing(inner: Repository): Repository & { isRefusing: boolean; asked: number } {
  return {
    ...inner,
    isRefusing: false,
    asked: 0,
    commit(change) {
      this.asked += 1
      if (this.isRefusing) throw full
      return inner.commit(change)
    },
  }
}
