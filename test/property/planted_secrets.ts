import { seededRandom, type Random } from '../../examples/generator/random.ts'

/** A secret, and whether it is digits only (so that it can be a number of JSON). */
export interface Secret {
  readonly text: string
  readonly shape: string
  readonly isNumeric: boolean
}

/** `count` secrets of every shape in turn, each of at least 10 bytes; the same in every run. */
export function plantedSecrets(count: number): readonly Secret[] {
  const random = seededRandom(20_260_302)
  const shapes = Object.entries(makers)
  const seen = new Set<string>()
  const secrets: Secret[] = []
  while (secrets.length < count) {
    const [shape, make] = shapes[secrets.length % shapes.length] ?? ['', () => '']
    const text = make(random)
    if (seen.has(text)) continue
    seen.add(text)
    secrets.push({ text, shape, isNumeric: /^[1-9]\d+$/.test(text) })
  }
  return secrets
}

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
const digits = '0123456789'
const base62 = lower + upper + digits
const base32 = `${upper}234567`
const words = ['Secret', 'Token', 'hunter', 'dragon', 'Winter', 'Passw', 'correct', 'horse', 'staple', 'admin', 'Summer', 'master'] as const

const makers: Readonly<Record<string, (random: Random) => string>> = {
  'base62': (random) => text(random, base62, 20, 40),
  'hex': (random) => random.hex(random.between(16, 64)),
  'uuid': (random) => random.uuid(),
  'word and digits': (random) => `${random.pick(words)}${text(random, digits, 5, 9)}`,
  'lower case': (random) => text(random, lower, 12, 32),
  'account number': (random) => `${random.between(1, 9)}${text(random, digits, 11, 15)}`,
  'card number': (random) => luhn(`4${text(random, digits, 14, 14)}`),
  'upper case': (random) => text(random, upper, 16, 30),
  'base32': (random) => text(random, base32, 16, 32),
  'split base62': (random) => parts(random, () => text(random, base62, 6, 9), 4),
  'split lower case': (random) => parts(random, () => text(random, lower, 7, 10), 3),
  'digits for letters': (random) => parts(random, () => leet(random.pick(words)), 3) + text(random, base62, 6, 10),
  'payment key': (random) => `sk_live_${text(random, base62, 24, 24)}`,
  'cloud key': (random) => `AKIA${text(random, base32, 16, 16)}`,
  'repository key': (random) => `ghp_${text(random, base62, 36, 36)}`,
  'signed token': (random) => `eyJ${[36, 80, 43].map((length) => text(random, base62, length, length)).join('.')}`,
  'mail address': (random) => `${text(random, lower, 9, 14)}@${text(random, lower, 6, 12)}.com`,
  'phone number': (random) => `+49${text(random, '123456789', 10, 11)}`,
  'account': (random) => `DE${text(random, digits, 20, 20)}`,
}

function text(random: Random, alphabet: string, lengthMin: number, lengthMax: number): string {
  return Array.from({ length: random.between(lengthMin, lengthMax) }, () => alphabet[random.between(0, alphabet.length - 1)]).join('')
}

function parts(random: Random, part: () => string, count: number): string {
  return Array.from({ length: count }, part).join(random.pick(['-', '_', '.']))
}

function leet(word: string): string {
  return word.replaceAll('e', '3').replaceAll('o', '0').replaceAll('a', '4').replaceAll('i', '1')
}

/** Appends the digit that makes the number pass the check of ISO/IEC 7812. */
function luhn(number: string): string {
  const sum = [...number].toReversed().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return `${number}${(10 - (sum % 10)) % 10}`
}
