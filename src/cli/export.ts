import { resolve } from 'node:path'
import { Argument, Option } from 'commander'

import { dayIn } from '../base/day.ts'
import { TapistryError } from '../base/errors.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { csvText } from '../output/csv.ts'
import { changesText, findingsText, jsonText } from '../output/json.ts'
import { printable } from '../output/text.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'
import { writeResult } from './result.ts'
import type { ScanOptions } from './scan_options.ts'
import { withServerToken, type ServerTokenOptions } from './server_token.ts'
import { writeOpenApi } from './write_report.ts'

interface ExportOptions extends GlobalOptions, ServerTokenOptions, Pick<ScanOptions, 'config'> {
  readonly dataDir?: string
  readonly inventory?: string
  readonly server?: string
  readonly spec?: readonly string[]
  readonly service?: string
  readonly output?: string
  readonly unpublished?: boolean
  readonly asOf?: string
  readonly since?: string
  readonly until?: string
}

const documents = ['openapi', 'inventory', 'findings', 'csv', 'changes'] as const

export const command: CliCommand = {
  configure(command, context) {
    withServerToken(command)
      .addArgument(new Argument('<document>', 'what to write').choices(documents))
      .addOption(new Option('--data-dir <folder>', 'the inventory in this data folder').argParser(dataFolderName).env('TAPISTRY_DATA_DIR'))
      .addOption(new Option('--inventory <file>', 'the inventory in this file (scan --format json)'))
      .option('--server <url>', 'the inventory of this daemon')
      .option('--spec <path...>', 'OpenAPI documents to compare with (with --data-dir)')
      .option('--config <file>', 'configuration with specs, services and owners (with --data-dir)')
      .option('--unpublished', 'as it follows from what is kept, without anything published or decided since (with --data-dir)')
      .addOption(new Option('--as-of <day>', 'as it was at the end of a day in UTC, 2026-11-20 (with --data-dir)').argParser(dayArgument('--as-of')))
      .addOption(new Option('--since <day>', 'changes: what differs from the end of this day (with --data-dir)').argParser(dayArgument('--since')))
      .addOption(new Option('--until <day>', 'changes: until the end of this day, not until now').argParser(dayArgument('--until')))
      .option('--service <name>', 'this service only, by name, host or id')
      .option('-o, --output <file>', 'write here instead of standard output (openapi without --service: a folder)')
    withExamples(command, [
      ['an OpenAPI document for an API that nobody documented', 'tapistry export openapi --data-dir ./tapistry-data --service api.example.com -o api.json'],
      ['a file for each service', 'tapistry export openapi --inventory inventory.json -o specs/'],
      ['what to look into, as JSON', 'tapistry export findings --data-dir ./tapistry-data -o findings.json'],
      ['what an audit was shown', 'tapistry export inventory --data-dir ./tapistry-data --as-of 2026-11-20 -o then.json'],
      ['what has changed since', 'tapistry export changes --data-dir ./tapistry-data --since 2026-11-20'],
      ['of a running daemon', 'tapistry export openapi --server http://127.0.0.1:7411 --service api.example.com -o api.json'],
      ['for a spreadsheet', 'tapistry export csv --inventory inventory.json -o endpoints.csv'],
    ])
    command.action(async (document: (typeof documents)[number]) => {
      const options = command.optsWithGlobals<ExportOptions>()
      if (document === 'changes') return writeChanges(options, context)
      if (options.since !== undefined || options.until !== undefined) {
        throw new TapistryError('USAGE', '--since and --until are for "tapistry export changes"; a past day is named with --as-of')
      }
      const inventory = await readInventory(options, context)
      const { serviceNamed } = await import('./read_out.ts')
      const only = options.service === undefined ? null : serviceNamed(inventory, options.service)
      const output = options.output ?? null
      if (document === 'openapi') return writeOpenApi(inventory, only, output, context)
      const narrowed = only === null ? inventory : { ...inventory, services: [only], findings: inventory.findings.filter(({ service }) => service === only.id) }
      await writeResult(output, texts[document](narrowed), context.streams)
    })
  },
}

const texts: Readonly<Record<Exclude<(typeof documents)[number], 'openapi' | 'changes'>, (inventory: InventoryDocument) => string>> = {
  inventory: jsonText,
  findings: ({ findings }) => findingsText(findings),
  csv: csvText,
}

async function writeChanges(options: ExportOptions, context: CommandContext): Promise<void> {
  const { since, until, asOf, inventory, server, output = null } = options
  if (since === undefined) throw new TapistryError('USAGE', 'nothing says since when: use --since 2026-11-20, and --until for another day than today')
  if (asOf !== undefined || inventory !== undefined || server !== undefined)
    throw new TapistryError('USAGE', 'changes are of a data folder, between --since and --until: leave --as-of, --inventory and --server out')
  const { changesBetween } = await import('../finding/changes.ts')
  const changes = await readKept(options, context, (at) => changesBetween(at(since), at(until ?? null)))
  await writeResult(output, changesText(changes), context.streams)
}

async function readInventory(options: ExportOptions, context: CommandContext): Promise<InventoryDocument> {
  const { inventory, server, asOf = null } = options
  if (inventory === undefined && server === undefined) return readKept(options, context, (at) => at(asOf))
  if (asOf !== null) throw new TapistryError('USAGE', '--as-of is of a data folder: use --data-dir FOLDER instead of --inventory or --server')
  if (inventory !== undefined) {
    const { readInventoryFile } = await import('./inventory_file.ts')
    return readInventoryFile(inventory, context.streams.cwd)
  }
  const { serverInventory } = await import('./server_inventory.ts')
  return serverInventory(server ?? '', options, context)
}

/** What `read` makes of the inventories of a data folder: at the end of a day, null for now. */
async function readKept<T>(options: ExportOptions, context: CommandContext, read: (at: (day: string | null) => InventoryDocument) => T): Promise<T> {
  const { streams } = context
  const [{ keptState }, { knownWith, publishedReadOut, readRegistry }, { scanConfig }] = await Promise.all([
    import('./kept_state.ts'),
    import('./read_out.ts'),
    import('./scan_options.ts'),
  ])
  const config = await scanConfig(options, context)
  const dataDir = options.dataDir ?? config?.dataDir
  if (dataDir === undefined) throw new TapistryError('USAGE', 'no inventory is named: use --data-dir FOLDER, --inventory FILE or --server URL')
  const specs = await readRegistry(options.spec ?? [], config, context, options.quiet)
  const kept = await keptState(resolve(streams.cwd, dataDir), null, context, options.quiet)
  try {
    const decisions = options.unpublished === true ? [] : kept.decisions
    const known = await knownWith(specs, config, decisions)
    return read((day) => {
      const then = day === null ? 'now' : kept.asOf(day)
      return then === 'now' ? publishedReadOut(kept.whole(), known, decisions) : then
    })
  } finally {
    kept.close()
  }
}

function dayArgument(name: string): (text: string) => string {
  return (text) => {
    if (dayIn(text) !== null) return text
    throw new TapistryError('USAGE', `${name} ${printable(text)}: a day such as 2026-11-20 is expected`)
  }
}
