/**
 * The text with everything that would move a cursor, change a colour or turn the reading direction shown as `\u{1b}`: names
 * come from traffic, and a terminal obeys what it is sent.
 */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => String.raw`\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

// Control and format characters, separators of lines, surrogates without a partner, private use.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu
