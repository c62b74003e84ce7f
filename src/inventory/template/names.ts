import { singular, isReserved, wordsOf } from './words.ts'

/** What a parameter's values look like, for its name. */
export interface ValueLook {
  /** Class names of hidden values, '' for shown words. */
  readonly classes: ReadonlySet<string>
  /** A few shown values, for their spelling. */
  readonly words: readonly string[]
}

/**
 * A name for a parameter from the literal before it and the look of its values: `userId` below `/users` for integers, `repoName` for
 * words, `postSlug` for words with dashes, `currencyCode` for short upper-case ones. Unique among `taken` by a number at the end.
 */
export function parameterName(before: readonly string[], look: ValueLook, taken: ReadonlySet<string>): string {
  const plain = nameOf(subjectOf(before), look)
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? plain : `${plain}${n}`
    if (!taken.has(name)) return name
  }
}

/** The nearest literal that names a thing: not a version, not `api`. */
function subjectOf(before: readonly string[]): string {
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const literal = before[i] ?? ''
    if (literal.includes('{') || (isReserved(literal) && !subjects.has(literal.toLowerCase()))) continue
    const words = wordsOf(literal).slice(-wordsMax)
    const last = words.at(-1)
    if (last === undefined || !/^[a-z]/.test(words[0] ?? '')) continue
    return camelCase([...words.slice(0, -1), singular(last)])
  }
  return ''
}

function nameOf(subject: string, look: ValueLook): string {
  const [only] = look.classes
  if (look.classes.size === 1 && only !== undefined) {
    const own = classNames.get(only)
    if (own !== undefined) return own
    if (only !== '' && !wordClasses.has(only)) return subject === '' ? 'id' : `${subject}Id`
  } else if (![...look.classes].every((name) => wordClasses.has(name))) {
    return subject === '' ? 'id' : `${subject}Id`
  }
  const part = wordPart(look.words)
  return subject === '' ? part.toLowerCase() : `${subject}${part}`
}

function wordPart(words: readonly string[]): 'Name' | 'Slug' | 'Code' {
  if (words.length === 0) return 'Name'
  const most = (test: (word: string) => boolean): boolean => words.filter(test).length * 2 > words.length
  if (most((word) => /^[A-Z0-9]{2,6}$/.test(word))) return 'Code'
  if (most((word) => /^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(word))) return 'Slug'
  return 'Name'
}

function camelCase(words: readonly string[]): string {
  return words.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('')
}

/** Longer names say no more. */
const wordsMax = 3

/** Classes that say themselves what they are. */
const classNames: ReadonlyMap<string, string> = new Map([
  ['date', 'date'],
  ['email', 'email'],
  ['ip', 'ipAddress'],
  ['ip_address', 'ipAddress'],
  ['mac_address', 'macAddress'],
  ['phone', 'phone'],
  ['version', 'version'],
  ['semver', 'version'],
  ['locale', 'locale'],
  ['file', 'fileName'],
  ['iban', 'iban'],
])

const wordClasses: ReadonlySet<string> = new Set(['', 'word', 'alnum', 'mix', 'other', 'encoded'])

/** Reserved words that are nouns: below them a value is one of theirs. */
const subjects: ReadonlySet<string> = new Set(
  'sessions profile account tokens permissions roles members users groups events logs comments tags labels images files attachments notifications session'.split(
    ' ',
  ),
)
