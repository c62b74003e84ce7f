import type { ServiceCount } from '../observation/observation.ts'

/** What the TLS connections of a service told, with keys or without: counts of connections by value, or of those that have a property. */
export type TlsFacts = Readonly<Record<string, number | Readonly<Record<string, number>>>>

/** A service that is talked to, and of which some connections were not read. */
export interface EncryptedService {
  /** The name that clients asked for, or the server's address. */
  readonly name: string
  readonly flows: number
  readonly bytes: number
  /** Of all bytes that were encrypted and not read. */
  readonly share: number
  readonly tls: TlsFacts
}

/** Services that are listed: those with the most bytes. */
const listedMax = 1_000

/** The facts of a service; null where nothing of it was TLS. */
export function tlsFactsOf(counts: ReadonlyMap<ServiceCount, number>): TlsFacts | null {
  const facts: Record<string, number | Record<string, number>> = {}
  for (const name of [...counts.keys()].toSorted()) {
    if (!name.startsWith('tls.')) continue
    const [, kind = '', value] = /^tls\.([^:]*)(?::(.*))?$/u.exec(name) ?? []
    const count = counts.get(name) ?? 0
    if (value === undefined) facts[kind] = count
    else {
      const values = facts[kind]
      if (typeof values === 'object') values[value] = count
      else facts[kind] = { [value]: count }
    }
  }
  return Object.keys(facts).length === 0 ? null : facts
}

/** The services of which something stayed encrypted, those with the most bytes first. */
export function encryptedServices(visibility: ReadonlyMap<string, ReadonlyMap<ServiceCount, number>>): readonly EncryptedService[] {
  const rows = [...visibility].flatMap(([name, counts]) => {
    const [flows, bytes] = [counts.get('tlsFlows') ?? 0, counts.get('tlsBytes') ?? 0]
    return flows === 0 ? [] : [{ name, flows, bytes, tls: tlsFactsOf(counts) ?? {} }]
  })
  const all = rows.reduce((sum, { bytes }) => sum + bytes, 0)
  rows.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
  return rows
    .slice(0, listedMax)
    .map(({ name, flows, bytes, tls }) => ({ name, flows, bytes, share: all === 0 ? 0 : Math.round((bytes / all) * 10_000) / 10_000, tls }))
}
