import { isIP } from 'node:net'
import { resolve } from 'node:path'

import { splitAddress } from '../base/address.ts'
import { ConfigError } from '../config/config_error.ts'
import type { SyslogOptions } from '../source/syslog.ts'

/** A source of type syslog as its configuration has it, but for format and host. */
export interface SyslogConfig {
  readonly listen: string
  readonly protocol?: 'udp' | 'tcp' | 'tls'
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile?: string }
}

/** Where to listen and how. `place` is the key of the source. Throws `ConfigError` for an address that is not given whole, and for TLS by halves. */
export function syslogOptions({ listen, protocol, tls }: SyslogConfig, place: string, cwd: string): Pick<SyslogOptions, 'listen' | 'protocol' | 'tls'> {
  const address = splitAddress(listen)
  const host = address?.host.replaceAll(/[[\]]/g, '') ?? ''
  if (address === null || address.port === null || isIP(host) === 0) {
    throw new ConfigError(
      `${place}.listen`,
      `${JSON.stringify(listen.slice(0, 80))} is no IP address with a port: write 127.0.0.1:5514, an address of this machine that senders reach, or 0.0.0.0:5514 for all of them`,
    )
  }
  if (protocol === 'tls' && tls === undefined) throw new ConfigError(place, 'protocol tls needs tls: { certFile: ..., keyFile: ... }')
  if (protocol !== 'tls' && tls !== undefined) throw new ConfigError(`${place}.tls`, 'tls is used with protocol: tls alone, and messages would come in clear')
  const files = Object.entries(tls ?? {}).map(([name, path]) => [name, resolve(cwd, path)] as const)
  return {
    listen: { host, port: address.port },
    ...(protocol === undefined ? {} : { protocol }),
    ...(tls === undefined ? {} : { tls: { ...tls, ...Object.fromEntries(files) } }),
  }
}
