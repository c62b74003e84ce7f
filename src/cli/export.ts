import { resolve } from 'node:path'
import { Argument, Option } from 'commander'

import { TapistryError } from '../base/errors.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { csvText } from '../output/csv.ts'
import { findingsText, jsonText } from '../output/json.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'
import { writeResult } from './result.ts'
import type { ScanOptions } from './scan_options.ts'
import { writeOpenApi } from './write_report.ts'

interface ExportOptions extends GlobalOptions, Pick<ScanOptions, 'config'> {
  readonly dataDir?: string
  readonly inventory?: string
  readonly server?: string
  readonly spec?: readonly string[]
  readonly service?: string
  readonly output?: string
  readonly unpublished?: boolean
}

const documents = ['openapi', 'inventory', 'findings', 'csv'] as const

export const command: CliCommand = {
  configure(command, context) {
    command
      .addArgument(new Argument('<document>', 'what to write').choices(documents))
      .addOption(new Option('--data-dir <folder>', 'the inventory in this data folder').env('TAPISTRY_DATA_DIR'))
      .addOption(new Option('--inventory <file>', 'the inventory in this file (scan --format json)'))
      .option('--server <url>', 'the inventory of this daemon')
      .option('--spec <path...>', 'OpenAPI documents to compare with (with --data-dir)')
      .option('--config <file>', 'configuration with specs, services and owners (with --data-dir)')
      .option('--unpublished', 'as it follows from what is kept, without anything published or decided since (with --data-dir)')
      .option('--service <name>', 'this service only, by name, host or id')
      .option('-o, --output <file>', 'write here instead of standard output (openapi without --service: a folder)')
    withExamples(command, [
      ['an OpenAPI document for an API that nobody documented', 'tapistry export openapi --data-dir ./tapistry-data --service api.example.com -o api.json'],
      ['a file for each service', 'tapistry export openapi --inventory inventory.json -o specs/'],
      ['what to look into, as JSON', 'tapistry export findings --data-dir ./tapistry-data -o findings.json'],
      ['of a running daemon', 'tapistry export openapi --server http://127.0.0.1:7411 --service api.example.com -o api.json'],
      ['for a spreadsheet', 'tapistry export csv --inventory inventory.json -o endpoints.csv'],
    ])
    command.action(async (document: (typeof documents)[number]) => {
      const options = command.optsWithGlobals<ExportOptions>()
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

const texts: Readonly<Record<Exclude<(typeof documents)[number], 'openapi'>, (inventory: InventoryDocument) => string>> = {
  inventory: jsonText,
  findings: ({ findings }) => findingsText(findings),
  csv: csvText,
}

async function readInventory(options: ExportOptions, context: CommandContext): Promise<InventoryDocument> {
  const { streams } = context
  if (options.inventory !== undefined) {
    const { readInventoryFile } = await import('./inventory_file.ts')
    return readInventoryFile(options.inventory, streams.cwd)
  }
  if (options.server !== undefined) {
    const { serverInventory } = await import('./server_inventory.ts')
    return serverInventory(options.server, context)
  }
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
    return publishedReadOut(kept.whole(), await knownWith(specs, config, decisions), decisions)
  } finally {
    kept.close()
  }
}
