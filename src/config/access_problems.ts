import { isLoopback } from '../base/loopback.ts'
import type { AccessOptions } from './access_options.ts'
import { ConfigError } from './config_error.ts'

/** What of it makes no sense together. */
export function accessProblems({ oidc, publicUrl }: AccessOptions): readonly ConfigError[] {
  if (oidc?.clientId === undefined) return []
  if (publicUrl === undefined) return [new ConfigError('access.oidc.clientId', 'needs access.publicUrl: name where browsers reach the daemon')]
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' || isLoopback(hostname) ? [] : [new ConfigError('access.publicUrl', 'logins need https, but on localhost')]
}
