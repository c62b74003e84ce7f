import type { Random } from './random.ts'

/** Invented people and numbers: the names are common, the mail domain and the card numbers are those reserved for tests. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly phone: string
}

export function people(count: number, random: Random): readonly [Person, ...Person[]] {
  return Array.from({ length: count }, (_, index) => {
    const first = random.pick(firstNames)
    const last = random.pick(lastNames)
    return {
      id: 50_000 + index * 7,
      name: `${first} ${last}`,
      email: `${first}.${last}${index}@example.org`.toLowerCase(),
      phone: `+1 202 555 ${String(100 + index).padStart(4, '0')}`,
    }
  }) as unknown as readonly [Person, ...Person[]]
}

/** Numbers that card networks publish for tests: they pass every check and belong to nobody. */
export const testCards = [
  '4111111111111111',
  '4012888888881881',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '6011000990139424',
  '3530111333300000',
  '4222222222222220',
] as const

/** A signed-looking token (RFC 7519) whose signature is random: nothing accepts it. */
export function bearerToken(person: Person, issuedAtSeconds: number, random: Random): string {
  const claims = { iss: 'https://accounts.example.com', aud: 'payments', sub: String(person.id), iat: issuedAtSeconds, exp: issuedAtSeconds + 900 }
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${Buffer.from(random.bytes(48)).toString('base64url')}`
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const firstNames = ['Ada', 'Alan', 'Barbara', 'Claude', 'Donald', 'Edsger', 'Frances', 'Grace', 'Hedy', 'Joan', 'Katherine', 'Ken', 'Leslie', 'Radia'] as const
const lastNames = ['Allen', 'Clarke', 'Dean', 'Hamilton', 'Hopper', 'Johnson', 'Keller', 'Lamarr', 'Liskov', 'Perlman', 'Ritchie', 'Shannon', 'Wilkes'] as const
