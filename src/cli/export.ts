import { Argument, Option } from 'commander'

import { TapistryError } from '../base/errors.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { changesText } from '../output/json.ts'
import { printable } from '../output/text.ts'
import { withExamples, type CliCommand, type CommandContext } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'
import { dayArgument } from './day_argument.ts'
import { namedInventory, readKept, type NamedInventory } from './named_inventory.ts'
import { writeResult } from './result.ts'
import { withServerToken } from './server_token.ts'
import { writeOpenApi } from './write_report.ts'

interface ExportOptions extends NamedInventory {
  readonly service?: string
  readonly framework?: string
  readonly output?: string
  readonly since?: string
  readonly until?: string
}

const documents = ['openapi', 'inventory', 'findings', 'csv', 'changes', 'oscal', 'ocsf'] as const

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
      .option('--framework <id>', 'oscal: of this framework only, as nist-csf-2.0')
      .option('--service <name>', 'this service only, by name, host or id')
      .option('-o, --output <file>', 'write here instead of standard output (openapi without --service: a folder)')
    withExamples(command, [
      ['an OpenAPI document for an API that nobody documented', 'tapistry export openapi --data-dir ./tapistry-data --service api.example.com -o api.json'],
      ['a file for each service', 'tapistry export openapi --inventory inventory.json -o specs/'],
      ['what to look into, as JSON', 'tapistry export findings --data-dir ./tapistry-data -o findings.json'],
      ['what an audit was shown', 'tapistry export inventory --data-dir ./tapistry-data --as-of 2026-11-20 -o then.json'],
      ['what has changed since', 'tapistry export changes --data-dir ./tapistry-data --since 2026-11-20'],
      ['of a running daemon', 'tapistry export openapi --server http://127.0.0.1:7411 --service api.example.com -o api.json'],
      ['evidence for an auditor', 'tapistry export oscal --data-dir ./tapistry-data --framework nist-sp-800-53r5 -o results.json'],
      ['findings for a SIEM', 'tapistry export ocsf --data-dir ./tapistry-data -o findings.ndjson'],
      ['for a spreadsheet', 'tapistry export csv --inventory inventory.json -o endpoints.csv'],
    ])
    command.action(async (document: (typeof documents)[number]) => {
      const options = command.optsWithGlobals<ExportOptions>()
      if (document === 'changes') return writeChanges(options, context)
      if (options.since !== undefined || options.until !== undefined) {
        throw new TapistryError('USAGE', '--since and --until are for "tapistry export changes"; a past day is named with --as-of')
      }
      if (options.framework !== undefined) await checkFramework(options.framework, document)
      const inventory = await namedInventory(options, context)
      const { serviceNamed } = await import('./read_out.ts')
      const only = options.service === undefined ? null : serviceNamed(inventory, options.service)
      const output = options.output ?? null
      if (document === 'openapi') return writeOpenApi(inventory, only, output, context)
      const narrowed = only === null ? inventory : { ...inventory, services: [only], findings: inventory.findings.filter(({ service }) => service === only.id) }
      await writeResult(output, await texts[document](narrowed, options.framework ?? null), context.streams)
    })
  },
}

/** Each is loaded when it is asked for. */
const texts: Readonly<
  Record<
    Exclude<(typeof documents)[number], 'openapi' | 'changes'>,
    (inventory: InventoryDocument, framework: string | null) => Promise<string | Iterable<string>>
  >
> = {
  inventory: async (inventory) => (await import('../output/json.ts')).jsonPieces(inventory),
  findings: async ({ findings }) => (await import('../output/json.ts')).findingsText(findings),
  csv: async (inventory) => (await import('../output/csv.ts')).csvText(inventory),
  oscal: async (inventory, framework) => `${JSON.stringify((await import('../output/oscal.ts')).oscalAssessment(inventory, framework), null, 2)}\n`,
  ocsf: async (inventory) =>
    (await import('../output/ocsf.ts'))
      .ocsfRows(inventory)
      .map((row) => row.line())
      .join(''),
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

async function checkFramework(framework: string, document: (typeof documents)[number]): Promise<void> {
  if (document !== 'oscal') throw new TapistryError('USAGE', '--framework is for "tapistry export oscal"')
  const ids = (await import('../finding/control_table.ts')).frameworks.map(({ id }) => id)
  if (!ids.includes(framework)) throw new TapistryError('USAGE', `--framework ${printable(framework)}: is not known; there are ${ids.join(', ')}`)
}
