import { TapistryError } from '../base/errors.ts'
import { binding } from './load_binding.ts'

/**
 * Gives up every capability but CAP_NET_RAW, which capturing needs whenever an interface comes again. Capabilities belong to threads, and Node has made
 * some before any script runs: so where there is one to drop, the process starts this very command anew in its place, with the same number and
 * open standard streams, and this call does not return. Call it first of all: what was done before is done again.
 *
 * Throws `TapistryError` (`RUNTIME`) where they cannot be dropped: root without CAP_SETPCAP.
 */
export function keepNetRaw(): void {
  if (process.platform !== 'linux' || !mustReplace() || process.execve === undefined) return
  process.execve(process.execPath, [process.argv0, ...process.execArgv, ...process.argv.slice(1)], process.env)
}

function mustReplace(): boolean {
  try {
    return binding().keepNetRaw()
  } catch (error) {
    if (error instanceof TapistryError) throw error
    throw new TapistryError('RUNTIME', error instanceof Error ? error.message : String(error), { cause: error })
  }
}
