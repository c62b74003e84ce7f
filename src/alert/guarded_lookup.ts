import { lookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

import { TapistryError } from '../base/errors.ts'
import type { AddressGuard } from './addresses.ts'

/** As the system looks names up; where one of the addresses may not be reached none is. */
export function guardedLookup(mayReach: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '')
      const closed = addresses.find(({ address }) => !mayReach(address))
      if (closed !== undefined) return callback(denied(`${hostname} (${closed.address})`), '')
      const [first] = addresses
      return options.all === true ? callback(null, addresses) : callback(null, first?.address ?? '', first?.family)
    })
  }
}

/** An address that may not be reached. */
export function denied(address: string): TapistryError {
  return new TapistryError(
    'OUTPUT',
    `${address} is an address of this machine or its networks; where alerts may go there, name its network in alerts.allowedNetworks`,
  )
}
