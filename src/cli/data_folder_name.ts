import { TapistryError } from '../base/errors.ts'

/** The value of `--data-dir`. An empty one, as of a variable of the shell that is not set, would be the working folder. */
export function dataFolderName(text: string): string {
  if (text !== '') return text
  throw new TapistryError('USAGE', '--data-dir: is empty; name a folder, "." for this one')
}
