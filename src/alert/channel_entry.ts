import { ConfigError } from '../config/config_error.ts'
import type { Config } from '../config/options.ts'

/** An entry of `alerts.channels`, as the schema of its type lets it through. */
export type ChannelEntry = Config['alerts']['channels'][number]

export function textOf(entry: ChannelEntry, key: string): string | undefined {
  const value = entry[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The secret or setting of this name; throws `ConfigError` where there is none. */
export function needed(entry: ChannelEntry, key: string, place: string): string {
  const text = textOf(entry, key)
  if (text === undefined) throw wrong(place, `set ${key} or ${key}File`)
  return text
}

/** The text, which is a secret and not repeated where it is no URL. */
export function urlOf(text: string, place: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  throw wrong(place, 'is no URL; write it as https://host/path')
}

export function wrong(place: string, what: string): ConfigError {
  return new ConfigError(place, what)
}
