import { splitAddress } from '../base/address.ts'
import { ConfigError } from '../config/config_error.ts'
import { isLoopback } from '../base/loopback.ts'

/** What `fastify.listen` takes. */
export interface ListenAddress {
  readonly host: string
  /** 0 for one that the system chooses. */
  readonly port: number
  /** Whether only this machine reaches it. */
  readonly isLoopback: boolean
}

/** What tells who asks: tokens of a data folder, or logins. */
interface Guard {
  readonly dataDir: string
  isGuarded(): boolean
}

/**
 * The address of the key `listen`, where it may be listened on: one that other machines reach only where `isGuarded` by tokens or logins. Throws
 * `ConfigError` with what to do.
 */
export function assertListenable(listen: string, { dataDir, isGuarded }: Guard): ListenAddress {
  const address = splitAddress(listen)
  if (address?.port === null || address === null) {
    throw new ConfigError('listen', `${JSON.stringify(listen.slice(0, 80))} is no address: write it as 127.0.0.1:7411 or [::1]:7411`)
  }
  const { host, port } = address
  const isLocal = isLoopback(host)
  if (!isLocal && !isGuarded()) {
    throw new ConfigError(
      'listen',
      `${listen} can be reached from other machines, and the data folder holds no token that is good: make one with \`tapistry token create ` +
        `--scope read --data-dir ${dataDir}\` first, or listen on 127.0.0.1:${port} and reach it through \`ssh -L ${port}:127.0.0.1:${port} HOST\``,
    )
  }
  // Fastify would open a second server for the other family of `localhost`, without our limits.
  return { host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.replaceAll(/[[\]]/g, ''), port, isLoopback: isLocal }
}
