import { pino, stdTimeFunctions } from 'pino'

import { printable } from '../base/printable.ts'
import { terminalLine } from './terminal_line.ts'

/**
 * What the daemon says of itself, one line each. The message is a sentence of ours and the fields are from a closed set, so nothing of traffic enters a
 * line: a field that is not in the set is left out, whatever the types of the caller say.
 */
export interface Log {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
}

type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** Texts are the configuration's, the system's or ours; `reason` is the message of a `TapistryError` and its like. */
export type LogFields = { readonly [Name in (typeof textFields)[number]]?: string } & { readonly [Name in (typeof numberFields)[number]]?: number }

export interface LogOptions {
  readonly level: LogLevel
  /** JSON, one object a line, or lines for people at a terminal. */
  readonly format: 'json' | 'terminal'
  /** Whether lines for people are coloured. */
  readonly color: boolean
  /** Takes each line with its end. */
  readonly write: (line: string) => void
}

/** Opens a log: of JSON lines `{"level":"info","time":"2026-03-02T09:00:00.000Z","message":"...",...}`. */
export function openLog({ level, format, color, write }: LogOptions): Log {
  const logger = pino(
    {
      level,
      // Neither process id nor host name: whoever collects the lines knows both.
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line) => write(terminalLine(line, color)) },
  )
  const at =
    (method: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      logger[method](shown(fields), bounded(message))
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

const textFields = [
  'source',
  'channel',
  'kind',
  'state',
  'reason',
  'retryAt',
  'address',
  'path',
  'signal',
  'version',
  'requestId',
  'method',
  'route',
  'error',
  'stack',
] as const

const numberFields = ['status', 'count', 'bytes', 'durationMs'] as const

/** The fields of the set that are of their type, in its order. */
function shown(fields: LogFields): Record<string, string | number> {
  const line: Record<string, string | number> = {}
  for (const name of textFields) {
    const value: unknown = fields[name]
    if (typeof value === 'string') line[name] = bounded(value)
  }
  for (const name of numberFields) {
    const value: unknown = fields[name]
    if (typeof value === 'number') line[name] = value
  }
  return line
}

function bounded(text: string): string {
  return printable(text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text)
}

/** Of one text: a stack of twenty frames fits. */
const charactersMax = 4096
