import { TapistryError } from '../base/errors.ts'
import type { Config } from '../config/options.ts'
import { openEngine } from '../source/native.ts'

/** Throws `TapistryError` (CONFIG) for the first packet filter that makes no sense: a source would only find out when it reads. */
export async function checkFilters(sources: Config['sources']): Promise<void> {
  for (const [index, { filter }] of sources.entries()) {
    if (typeof filter !== 'string') continue
    try {
      await openEngine({ inputs: [], mode: 'observations', filter }).next()
    } catch (thrown) {
      if (thrown instanceof TapistryError) throw new TapistryError('CONFIG', `sources.${index}.filter: ${thrown.message}`, { cause: thrown })
      throw thrown
    }
  }
}
