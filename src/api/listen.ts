import { splitAddress } from '../base/address.ts'
import { ConfigError } from '../config/config_error.ts'
import { isLoopback } from './loopback.ts'

/** What `fastify.listen` takes. */
export interface ListenAddress {
  readonly host: string
  /** 0 for one that the system chooses. */
  readonly port: number
}

/**
 * The address of the key `listen`, where it may be listened on: there are no tokens yet, so whoever reaches the port reads everything. Throws `ConfigError` for any address that others can reach.
 */
export function assertListenable(listen: string): ListenAddress {
  const address = splitAddress(listen)
  if (address?.port === null || address === null) {
    throw new ConfigError('listen', `${JSON.stringify(listen.slice(0, 80))} is no address: write it as 127.0.0.1:7411 or [::1]:7411`)
  }
  const { host, port } = address
  if (!isLoopback(host)) {
    throw new ConfigError(
      'listen',
      `${listen} can be reached from other machines, and this version has no tokens to tell who asks: listen on 127.0.0.1:${port} and put a reverse ` +
        `proxy that authenticates before it, or reach it through \`ssh -L ${port}:127.0.0.1:${port} HOST\``,
    )
  }
  // Fastify would open a second server for the other family of `localhost`, without our limits.
  return { host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.replaceAll(/[[\]]/g, ''), port }
}
