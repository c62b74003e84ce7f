import type { Observation } from '../observation/observation.ts'
import { factsOf } from '../observation/part_sums.ts'
import type { Direction } from './inventory.ts'

/**
 * Who calls whom, by the address classes of clients and servers (`network.public-private`). A public client of a private server comes from
 * outside: inbound. Private clients of public servers only: outbound, a third party that we call. Public on both sides says nothing. Logs have no
 * addresses of servers, but are written by what serves: inbound.
 */
export function directionOf(observations: readonly Observation[]): Direction {
  let internal = 0
  let outbound = 0
  let open = 0
  for (const [name, count] of factsOf(observations)) {
    const [client, server] = name.startsWith(prefix) ? name.slice(prefix.length).split('-') : []
    if (client === undefined || server === undefined) continue
    if (client === 'public' && server !== 'public') return 'inbound'
    if (server !== 'public') internal += count
    else if (client === 'public') open += count
    else outbound += count
  }
  if (internal > 0) return 'internal'
  if (open > 0) return 'unknown'
  if (outbound > 0) return 'outbound'
  return observations.some(({ key }) => key.source === 'logs') ? 'inbound' : 'unknown'
}

const prefix = 'network.'
