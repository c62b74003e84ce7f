import { TapistryError } from '../base/errors.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { literalsOf, matcherOf, type MatchRequest, type MatchResult } from '../inventory/match.ts'
import type { ExchangeLine } from '../output/exchange_line.ts'
import type { MatchLine } from '../output/match_line.ts'
import { shapePath } from '../source/native.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'
import { noteInputs } from './input_notes.ts'
import { readInventoryFile } from './inventory_file.ts'
import { openResult } from './result.ts'
import { serverInventory } from './server_inventory.ts'
import { withServerToken, type ServerTokenOptions } from './server_token.ts'
import { startEngine } from './running.ts'

interface MatchOptions extends GlobalOptions, ServerTokenOptions {
  readonly inventory?: string
  readonly server?: string
  readonly input?: string
  readonly output?: string
}

export const command: CliCommand = {
  configure(command, context) {
    withServerToken(command)
      .argument('[method]', 'method of one request')
      .argument('[url]', 'URL of one request; a path alone where the inventory has one service')
      .option('--inventory <file>', 'the inventory in this file (scan --format json)')
      .option('--server <url>', 'the inventory of this daemon')
      .option('--input <file>', 'many requests: NDJSON exchanges, - for standard input')
      .option('-o, --output <file>', 'write here instead of standard output')
    withExamples(command, [
      ['one request', 'tapistry match --inventory inventory.json GET https://api.example.com/users/42'],
      ['many of them, a line each in the same order', 'tapistry match --inventory inventory.json --input requests.ndjson'],
    ])
    command.action(async (method: string | undefined, url: string | undefined) => {
      const options = command.optsWithGlobals<MatchOptions>()
      const document = await readInventory(options, context)
      const match = matcherOf(document)
      if (options.input !== undefined) return matchMany(options.input, options, match, literalsOf(document), context)
      if (method === undefined || url === undefined) throw new TapistryError('USAGE', 'no request is named: give METHOD URL, or --input FILE')
      const result = match(requestOf(method, url, literalsOf(document)))
      await context.streams.out(`${JSON.stringify(lineOf(null, result))}\n`)
    })
  },
}

async function readInventory(options: MatchOptions, context: CommandContext): Promise<InventoryDocument> {
  const { inventory, server } = options
  if (inventory !== undefined) return readInventoryFile(inventory, context.streams.cwd)
  if (server === undefined) throw new TapistryError('USAGE', 'no inventory is named: use --inventory FILE (scan --format json writes one) or --server URL')
  return serverInventory(server, options, context)
}

/** One line for each request of the input, in its order. The engine reads the input: what comes here are shapes of paths. */
async function matchMany(
  input: string,
  options: MatchOptions,
  match: (request: MatchRequest) => MatchResult,
  literals: readonly string[],
  context: CommandContext,
): Promise<void> {
  const engine = await startEngine({ inputs: [input], mode: 'exchanges', inputFormat: 'exchanges', rejections: true, literals })
  const sink = openResult(options.output ?? null, context.streams)
  try {
    const decoder = new TextDecoder()
    let rest = ''
    for (let chunk = await engine.next(); chunk !== null; chunk = await engine.next()) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      await sink.write(
        lines
          .filter((line) => line !== '')
          .map((line) => matchedLine(JSON.parse(line) as ExchangeLine | RejectedLine, match))
          .join(''),
      )
    }
    await sink.finish()
  } catch (thrown) {
    sink.abandon()
    throw thrown
  } finally {
    engine.stop()
  }
  noteInputs(engine.report(), context, options)
}

/** What stands for a line that is no exchange. */
interface RejectedLine {
  readonly rejected: string
  readonly id: string | null
}

function matchedLine(line: ExchangeLine | RejectedLine, match: (request: MatchRequest) => MatchResult): string {
  if ('rejected' in line) return `${JSON.stringify(lineOf(line.id, { ...nowhere, why: `the line is no exchange: ${line.rejected}` }))}\n`
  const host = line.service === '' || line.service.startsWith('unknown (') ? null : line.service
  const result = match({ host, method: line.request?.method ?? '', path: line.request?.path ?? '' })
  return `${JSON.stringify(lineOf(line.id ?? null, result))}\n`
}

const nowhere: Omit<MatchResult, 'why'> = { service: null, serviceName: null, endpoint: null, method: '', template: null, labels: [] }

function lineOf(id: string | null, { service, serviceName, endpoint, method, template, labels, why }: MatchResult): MatchLine {
  return { id, service: serviceName, serviceId: service, endpoint, method, template, labels, why }
}

/** A request as somebody types it: `https://host/path?query`, `host/path` has no meaning, `/path` names no host. */
function requestOf(method: string, url: string, literals: readonly string[]): MatchRequest {
  const [, scheme, authority, path = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/([^/?#]*))?(\/[^?#]*)?/i.exec(url) ?? []
  if (scheme === undefined && path === '')
    throw new TapistryError('USAGE', `${url}: a URL such as https://api.example.com/users/42, or a path such as /users/42, is expected`)
  const host = authority === undefined ? null : authority.replace(/^.*@/, '').toLowerCase()
  return { host, method: method.toUpperCase(), path: shapePath(path === '' ? '/' : path, literals) }
}
