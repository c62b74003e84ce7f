import type { Config } from './options.ts'

/** What the user says of a service. */
export interface KnownService {
  readonly name: string
  readonly hosts: readonly string[]
  readonly owner: string | null
  readonly direction: 'inbound' | 'internal' | 'outbound' | null
}

/** What the configuration says of services, names in lower case. */
export function knownServices(services: Config['services']): KnownService[] {
  return services.map(({ name, hosts, owner, exposure }) => ({
    name: name.toLowerCase(),
    hosts: (hosts ?? []).map((host) => host.toLowerCase()),
    owner: owner ?? null,
    direction: exposure === 'external' ? 'inbound' : (exposure ?? null),
  }))
}
