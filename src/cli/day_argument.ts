import { dayIn } from '../base/day.ts'
import { TapistryError } from '../base/errors.ts'
import { printable } from '../output/text.ts'

/** Reads the day of an option of this name. */
export function dayArgument(name: string): (text: string) => string {
  return (text) => {
    if (dayIn(text) !== null) return text
    throw new TapistryError('USAGE', `${name} ${printable(text)}: a day such as 2026-11-20 is expected`)
  }
}
