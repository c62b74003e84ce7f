import { TapistryError } from '../base/errors.ts'
import { ConfigError, orConfigError } from '../config/config_error.ts'
import type { Config } from '../config/options.ts'
import { openEngine } from '../source/native.ts'
import { makeSource, makeSources, type SourceContext } from './make_sources.ts'
import { tlsFileProblems } from '../config/tls_files.ts'

/** What is wrong with sources, as far as it can be told without reading from them: each would only find out when it does. */
export async function sourceProblems(sources: Config['sources'], cwd: string): Promise<readonly ConfigError[]> {
  const problems: ConfigError[] = []
  // No source that is made here is ever run: any key does.
  const context: SourceContext = { cwd, engine: { hashKey: new Uint8Array(16), literals: [], words: [] }, now: () => 0, flushMs: 1_000 }
  const add = (found: unknown): void => void (found instanceof ConfigError && problems.push(found))
  for (const [index, source] of sources.entries()) {
    const key = `sources.${index}`
    const tls = typeof source['tls'] === 'object' && source['tls'] !== null ? tlsFileProblems(source['tls'], `${key}.tls`, cwd) : []
    for (const one of [...tls, ...brokerProblems(source['brokers'], key), await filterProblem(source['filter'], key)]) add(one)
    add(orConfigError(() => makeSource(source, index, context)))
  }
  if (problems.length === 0) add(orConfigError(() => makeSources(sources, context)))
  return problems
}

async function filterProblem(filter: unknown, key: string): Promise<ConfigError | null> {
  if (typeof filter !== 'string') return null
  try {
    await openEngine({ inputs: [], mode: 'observations', filter }).next()
    return null
  } catch (thrown) {
    if (thrown instanceof TapistryError) return new ConfigError(`${key}.filter`, thrown.message, { cause: thrown })
    throw thrown
  }
}

function brokerProblems(brokers: unknown, key: string): ConfigError[] {
  return (Array.isArray(brokers) ? brokers : []).flatMap((broker: unknown, index) => {
    const port = Number(/:(\d+)$/.exec(String(broker))?.[1])
    const isPort = port >= 1 && port <= 65_535
    return isPort ? [] : [new ConfigError(`${key}.brokers.${index}`, `${JSON.stringify(broker)} has no port: write host:port, with a port of 1 to 65535`)]
  })
}
