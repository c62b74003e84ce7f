import { local } from '../access/principal.ts'
import type { Asked } from './route.ts'

/** Who asks, as history names them. */
export function requesterOf({ principal }: Asked): string {
  return (principal ?? local).name
}
