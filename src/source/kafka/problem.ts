import { systemReason, TapistryError } from '../../base/errors.ts'
import type { KafkaAccess } from './client.ts'

/** Why just this topic cannot be read, where an error of looking for it says so; null where it is of something else. */
export function topicProblem(thrown: unknown, topic: string): string | null {
  const code = [...codesIn(thrown)].find((name) => name in words || name === 'PLT_KFK_USER')
  const names = { topics: topic, group: '' }
  if (code === 'UNKNOWN_TOPIC_OR_PARTITION' || code === 'PLT_KFK_USER') return noTopic(names)
  return code === 'TOPIC_AUTHORIZATION_FAILED' ? (words[code]?.(names) ?? null) : null
}

/** What an error of the library says for people: what is wrong with the brokers or the access to them, and what to do. Names and codes only. */
export function kafkaProblem(thrown: unknown, { brokers, topics, group }: Pick<KafkaAccess, 'brokers' | 'topics' | 'group'>): TapistryError {
  if (thrown instanceof TapistryError) return thrown
  const codes = [...codesIn(thrown)]
  const code = codes.find((name) => name in words || tlsCodes.has(name)) ?? codes.at(-1)
  const names = { topics: topics.join(', '), group }
  // Of the user's other mistakes, as the library sees them, only the name of a topic can be one: options are made here.
  const reason = code === 'PLT_KFK_USER' ? noTopic(names) : code !== undefined && tlsCodes.has(code) ? untrusted : words[code ?? '']?.(names)
  const told = reason ?? `it cannot be read: ${code ?? systemReason(thrown)}`
  return new TapistryError('INPUT', `Kafka at ${brokers.join(', ')}: ${told}`, { cause: thrown })
}

interface Names {
  readonly topics: string
  readonly group: string
}

/** By code of the protocol, the library or the system. The first one of an error that stands here is told. */
const words: Readonly<Record<string, (names: Names) => string>> = {
  'UNKNOWN_TOPIC_OR_PARTITION': noTopic,
  'UNKNOWN_TOPIC_ID': ({ topics }) => `topic ${topics} was deleted while it was read`,
  'COORDINATOR_LOAD_IN_PROGRESS': ({ group }) => `the coordinator of group ${group} is not ready yet`,
  'COORDINATOR_NOT_AVAILABLE': ({ group }) => `the coordinator of group ${group} is not ready yet`,
  'TOPIC_AUTHORIZATION_FAILED': ({ topics }) => `topic ${topics} may not be read; allow the user READ and DESCRIBE of it`,
  'GROUP_AUTHORIZATION_FAILED': ({ group }) => `group ${group} may not be joined; allow the user READ of it, or set group to one that is`,
  'SASL_AUTHENTICATION_FAILED': () => 'user name and password are refused; correct sasl.username and sasl.password',
  'UNSUPPORTED_SASL_MECHANISM': () => 'sasl.mechanism is not one of theirs',
  'PLT_KFK_AUTHENTICATION': () => 'they refuse to authenticate; correct sasl.mechanism, sasl.username and sasl.password',
  'ERR_TLS_CERT_ALTNAME_INVALID': () => 'their certificate is for another host; name brokers as the certificate does',
  'ECONNREFUSED': () => 'nobody listens there; start them, or correct brokers',
  'ENOTFOUND': () => 'there is no such host; correct brokers',
  'EAI_AGAIN': () => 'the name cannot be resolved at the moment',
  'EHOSTUNREACH': () => 'the host cannot be reached',
  'ETIMEDOUT': () => 'no answer',
  'PLT_KFK_TIMEOUT': () => 'no answer in time',
  'Broker requires TLS.': () => 'they want TLS; set tls, or name a port without it',
  'ECONNRESET': closed,
  'PLT_KFK_NETWORK': closed,
}

function noTopic({ topics }: Names): string {
  return `there is no topic ${topics}; create it, or correct topics`
}

function closed(): string {
  return 'they closed the connection; do they want tls, tls.certFile or sasl, or none of these?'
}

const untrusted = 'their certificate is not trusted; name its authority in tls.caFile'

const tlsCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
])

/** Codes of an error, whatever property a library has them in, and of those that caused it: causes first, since they say more. */
function* codesIn(thrown: unknown): Generator<string> {
  if (typeof thrown !== 'object' || thrown === null) return
  if ('errors' in thrown && Array.isArray(thrown.errors)) for (const error of thrown.errors) yield* codesIn(error)
  if ('cause' in thrown) yield* codesIn(thrown.cause)
  // The library has one code for all mistakes of its user.
  if ('code' in thrown && thrown.code === 'PLT_KFK_USER' && 'message' in thrown) yield String(thrown.message)
  for (const name of ['apiId', 'type', 'code']) {
    const code: unknown = Reflect.get(thrown, name)
    if (typeof code === 'string') yield code
  }
}
