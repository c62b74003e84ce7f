import { accessSync, constants } from 'node:fs'

import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import type { NativeDescriptors } from './binding.d.ts'
import { binding } from './load_binding.ts'

/** What is known of the messages of gRPC: read once, and shared by what reads traffic. */
export interface Descriptors {
  readonly native: NativeDescriptors
  /** For people: what the sets name and do not have; null where they have everything. */
  readonly warning: string | null
}

/** Reads sets of descriptors, as protoc and buf write them. Throws `TapistryError` (USAGE) where a file is none, and says which and what to do. */
export function readDescriptors(files: readonly string[]): Descriptors {
  for (const file of files) requireFile(file)
  const { NativeDescriptors } = binding()
  const native = refused(() => new NativeDescriptors([...files]))
  return { native, warning: warningOf(native.missing()) }
}

const namesShownMax = 3

function warningOf(missing: readonly string[]): string | null {
  if (missing.length === 0) return null
  const shown = missing.slice(0, namesShownMax).join(', ')
  const more = missing.length > namesShownMax ? ` and ${missing.length - namesShownMax} more` : ''
  return `descriptors: types that they name are not in them, fields below stay numbered: ${shown}${more}: make them with --include_imports`
}

function requireFile(file: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (thrown) {
    throw new TapistryError('USAGE', `descriptors ${file}: cannot be read: ${systemReason(thrown)}`, { cause: thrown })
  }
}

function refused<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('USAGE', `descriptors ${thrown.message}`, { cause: thrown })
    throw thrown
  }
}
