import { isLoopback } from '../base/loopback.ts'
import { ConfigError } from './config_error.ts'
import type { Config } from './options.ts'

/** What of it makes no sense together. */
export function accessProblems({ access: { oidc }, publicUrl }: Pick<Config, 'access' | 'publicUrl'>): readonly ConfigError[] {
  if (oidc === undefined) return []
  const { protocol: asked, hostname: issuer } = new URL(oidc.issuer)
  if (asked !== 'https:' && !isLoopback(issuer)) return [new ConfigError('access.oidc.issuer', 'needs https, but on localhost')]
  if (oidc.clientId === undefined)
    return oidc.audience === undefined
      ? [new ConfigError('access.oidc', 'needs clientId, for people, or audience, for programs: without either nobody gets in')]
      : []
  if (publicUrl === undefined) return [new ConfigError('access.oidc.clientId', 'needs publicUrl: name where browsers reach the daemon')]
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' || isLoopback(hostname) ? [] : [new ConfigError('publicUrl', 'logins need https, but on localhost')]
}
