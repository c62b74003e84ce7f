import { resolve } from 'node:path'

import { TapistryError } from '../base/errors.ts'
import { ConfigError } from '../config/config_error.ts'
import type { Config } from '../config/options.ts'
import { openFeed, type EngineSecrets } from '../source/feed.ts'
import { httpSource, type HttpSource } from '../source/http.ts'
import { interfaceSource } from '../source/interface.ts'
import { kafkaSource } from '../source/kafka/kafka.ts'
import { logSource } from '../source/log.ts'
import { pcapSource } from '../source/pcap.ts'
import type { Source } from '../source/source.ts'
import { tapOf } from '../source/tap.ts'
import { syslogSource } from '../source/syslog.ts'
import { openLogPool, type LogPool } from '../source/tail/log_pool.ts'
import { textFormat, textFormats, type TextFormat } from '../source/text_formats.ts'
import { kafkaAccess } from './kafka_options.ts'
import { syslogOptions, type SyslogConfig } from './syslog_options.ts'

/** The sources of a configuration, in its order, and the one that takes what others send. */
export interface Sources {
  readonly all: readonly Source[]
  readonly http: HttpSource | null
}

export interface SourceContext {
  /** Relative paths of the configuration start here. */
  readonly cwd: string
  readonly engine: EngineSecrets
  readonly now: () => number
  /** How long packets wait in the engine. */
  readonly flushMs: number
}

/** Nothing is read yet. Throws `ConfigError` for a source that makes no sense, and for two that are one. */
export function makeSources(configured: Config['sources'], context: SourceContext): Sources {
  const logs = openLogPool(context.engine)
  const all = configured.map((options, index) => makeSource(options, index, context, logs))
  const ids = new Set<string>()
  for (const [index, { id, kind }] of all.entries()) {
    if (ids.has(id)) throw new ConfigError(`sources.${index}`, `${id} is there twice${kind === 'kafka' ? needsGroups : isCountedTwice}`)
    ids.add(id)
  }
  return { all, http: all.find((source): source is HttpSource => source.kind === 'http') ?? null }
}

const isCountedTwice = ', and would be counted twice; take one of them away'
const needsGroups = '; give each source of Kafka a group of its own'

type Options = Config['sources'][number]

/** The source at `index` of the configuration. Throws `ConfigError` where it makes no sense. */
export function makeSource(options: Options, index: number, { cwd, engine, now, flushMs }: SourceContext, logs: LogPool = openLogPool(engine)): Source {
  const text = (name: string): string | undefined => (typeof options[name] === 'string' ? options[name] : undefined)
  const path = resolve(cwd, text('path') ?? '')
  const readFrom = options['readFrom'] === 'end' ? 'end' : 'beginning'
  const packets = { ...(text('filter') === undefined ? {} : { filter: text('filter') as string }), tap: tapOf(options) }
  switch (options.type) {
    case 'interface': {
      const workers = typeof options['workers'] === 'number' ? { workers: options['workers'] } : {}
      return interfaceSource({ name: text('name') ?? '', ...packets, ...workers }, engine, flushMs)
    }
    case 'pcap':
      return pcapSource({ path, follow: options['follow'] === true, ...packets }, engine)
    case 'log':
      return logSource({ path, follow: options['follow'] !== false, readFrom, ...linesOf(text, index, engine, true) }, engine, logs)
    case 'kafka':
      return kafkaSource({ ...kafkaAccess(options, `sources.${index}`, cwd, engine.hashKey), readFrom, ...linesOf(text, index, engine) }, engine, now)
    case 'syslog':
      return syslogSource({ ...syslogOptions(options as unknown as SyslogConfig, `sources.${index}`, cwd), ...linesOf(text, index, engine) }, engine)
    case 'http':
      return httpSource(engine, now)
    default:
      throw new TapistryError('DEFECT', `sources.${index}: no source has the type ${options.type}, which the schema allows`)
  }
}

/** What lines are, and whose where they do not say. */
function linesOf(
  text: (name: string) => string | undefined,
  index: number,
  engine: EngineSecrets,
  isOfFiles: boolean = false,
): { format?: TextFormat; host?: string } {
  const host = text('host')
  const format = text('format') ?? 'auto'
  return { ...(host === undefined ? {} : { host }), ...(format === 'auto' ? {} : { format: knownFormat(format, index, engine, isOfFiles) }) }
}

/** A HAR document is a file. */
function knownFormat(text: string, index: number, engine: EngineSecrets, isOfFiles: boolean): TextFormat {
  const format = textFormat(text)
  const isAllowed = (name: string): boolean => isOfFiles || name !== 'har'
  if (format !== undefined && isAllowed(format)) {
    if (format !== 'har') assertUsable(format, index, engine)
    return format
  }
  const names = textFormats.filter(isAllowed).join(', ')
  throw new ConfigError(`sources.${index}.format`, `${text} is no format of logs: use auto, ${names}, or the log_format of the server`)
}

/** A template is compiled with the first file only, which may never come. */
function assertUsable(format: TextFormat, index: number, engine: EngineSecrets): void {
  try {
    openFeed({ format, host: 'none', engine })
  } catch (thrown) {
    if (thrown instanceof TapistryError) throw new ConfigError(`sources.${index}.format`, thrown.message, { cause: thrown })
    throw thrown
  }
}
