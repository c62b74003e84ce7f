import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * The text of a new token: `tapistry_`, 256 random bits and a CRC-32 of what stands before it, both in base 62. Secret scanners know it by the prefix, and
 * by the CRC that it is none of chance.
 */
export function newTokenText(): string {
  const body = tokenPrefix + base62(BigInt(`0x${randomBytes(32).toString('hex')}`), bodyCharacters)
  return body + checkOf(body)
}

/** How a token is known: its SHA-256, and an id made of a part of it. Null for a text that is no token, or is not whole. */
export function tokenIdentity(text: string): { readonly id: string; readonly sha256: Buffer } | null {
  const body = text.slice(0, -checkCharacters)
  if (!pattern.test(text) || checkOf(body) !== text.slice(-checkCharacters)) return null
  const sha256 = createHash('sha256').update(text).digest()
  return { id: `tok_${sha256.toString('hex').slice(0, 16)}`, sha256 }
}

const tokenPrefix = 'tapistry_'

/** 62^43 is more than 2^256, 62^6 more than 2^32. */
const bodyCharacters = 43
const checkCharacters = 6
const pattern = new RegExp(`^${tokenPrefix}[0-9A-Za-z]{${bodyCharacters + checkCharacters}}$`)

function checkOf(body: string): string {
  return base62(BigInt(crc32(body)), checkCharacters)
}

function base62(number: bigint, characters: number): string {
  let text = ''
  for (let rest = number; text.length < characters; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text
  return text
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
