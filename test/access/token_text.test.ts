import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'

import { newTokenText, tokenIdentity } from '../../src/access/token_text.ts'

test('each token is another one, and is known by its hash', () => {
  const texts = Array.from({ length: 50 }, newTokenText)
  expect(new Set(texts).size).toBe(50)
  for (const text of texts) {
    expect(text).toMatch(/^tapistry_[0-9A-Za-z]{49}$/)
    const sha256 = createHash('sha256').update(text).digest()
    expect(tokenIdentity(text)).toEqual({ id: `tok_${sha256.toString('hex').slice(0, 16)}`, sha256 })
  }
})

const whole = 'tapistry_0000000000000000000000000000000000000000000'
test('the check is the CRC-32 of what stands before it, in base 62', () => {
  const crc = Number.parseInt(createCrc(whole), 10)
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const check = [5, 4, 3, 2, 1, 0].map((power) => digits.charAt(Math.floor(crc / 62 ** power) % 62)).join('')
  expect(tokenIdentity(whole + check)).not.toBeNull()
})

test.each([
  ['nothing', () => ''],
  ['the prefix alone', () => 'tapistry_'],
  ['one character that is another', (text: string) => text.slice(0, 20) + (text[20] === 'a' ? 'b' : 'a') + text.slice(21)],
  ['two that were exchanged', (text: string) => text.replace(/_(.*?)([0-9A-Za-z])(?!\2)([0-9A-Za-z])/, '_$1$3$2')],
  ['one that is missing', (text: string) => text.slice(0, -1)],
  ['one too many', (text: string) => `${text}0`],
  ['another prefix', (text: string) => text.replace('tapistry_', 'tapestry_')],
  ['a line end', (text: string) => `${text}\n`],
])('%s is no token', (_, change) => expect(tokenIdentity(change(newTokenText()))).toBeNull())

/** By the definition (ISO 3309), bit by bit. */
function createCrc(text: string): string {
  let crc = 0xffffffff
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return String((crc ^ 0xffffffff) >>> 0)
}
