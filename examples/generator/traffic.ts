import type { Exchange } from './http.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'

/** What the traffic of a service is made from. */
export interface Scene {
  readonly random: Random
  readonly people: readonly [Person, ...Person[]]
  /** Seconds since the epoch at the first packet. */
  readonly startSeconds: number
}

/** The exchanges of one connection, in order. */
export type Conversation = readonly Exchange[]

/** One service of the example: where it listens, who calls it, and what they say. */
export interface ExampleService {
  readonly host: string
  readonly address: string
  readonly port: number
  readonly userAgents: readonly [string, ...string[]]
  /** The first bytes of the callers' addresses, such as `203.0.113`. */
  readonly clientNetworks: readonly [string, ...string[]]
  /** How many connections, and what happens on each. */
  readonly connections: number
  converse(scene: Scene, connection: number): Conversation
}

export const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Version/18.3 Mobile/15E148 Safari/604.1',
] as const
