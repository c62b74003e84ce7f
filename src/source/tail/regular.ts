import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

import { TapistryError } from '../../base/errors.ts'

/** Opens a file to read it. Rejects with `TapistryError` (INPUT) for a pipe or a device, which has no place to go on from, else with the error of the system. */
export async function openRegular(path: string): Promise<FileHandle> {
  // Opening a pipe waits for its writer, and nothing ends that: not where it is opened so. To a regular file it makes no difference.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new TapistryError('INPUT', `${path}: is no regular file; what comes through a pipe is read by "tapistry scan -"`)
}
