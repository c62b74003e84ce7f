import { ConfigError } from './config_error.ts'
import { knownServices } from './known_services.ts'
import type { Config } from './options.ts'

/** Services that are there twice, by their name or by a host: what is said of them would contradict itself. */
export function serviceProblems(services: Config['services']): readonly ConfigError[] {
  const names = new Map<string, number>()
  const hosts = new Map<string, string>()
  return knownServices(services).flatMap((service, index) => {
    const before = names.get(service.name)
    if (before !== undefined) return [new ConfigError(`services.${index}.name`, `${service.name} is services.${before} already: make one entry of both`)]
    names.set(service.name, index)
    return service.hosts.flatMap((host, at) => {
      const owner = hosts.get(host)
      if (owner !== undefined) return [new ConfigError(`services.${index}.hosts.${at}`, `${host} is a host of ${owner} already`)]
      hosts.set(host, service.name)
      return []
    })
  })
}
