import { Option } from 'commander'

import { dayOf, dayText } from '../base/day.ts'
import { earlierThan } from '../finding/executive/earlier.ts'
import { executiveReport, type ExecutiveReport } from '../finding/executive/report.ts'
import { executivePage } from '../output/executive_report.ts'
import { withExamples, type CliCommand, type CommandContext } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'
import { dayArgument } from './day_argument.ts'
import { namedInventory, readKept, type NamedInventory } from './named_inventory.ts'
import { writeResult } from './result.ts'
import { serverClient } from './server_client.ts'
import { serverTokenFields, withServerToken } from './server_token.ts'

interface ReportOptions extends NamedInventory {
  readonly format: 'table' | 'json'
  readonly output?: string
}

export const command: CliCommand = {
  configure(command, context) {
    withServerToken(command)
      .addOption(new Option('--data-dir <folder>', 'the inventory in this data folder').argParser(dataFolderName).env('TAPISTRY_DATA_DIR'))
      .addOption(new Option('--inventory <file>', 'the inventory in this file (scan --format json); it has no past'))
      .option('--server <url>', 'the report of this daemon')
      .option('--spec <path...>', 'OpenAPI documents to compare with (with --data-dir)')
      .option('--config <file>', 'configuration with specs, services and owners (with --data-dir)')
      .addOption(new Option('--as-of <day>', 'as it was at the end of a day in UTC, 2026-11-20').argParser(dayArgument('--as-of')))
      .addOption(new Option('--format <format>', 'how to write it').choices(['table', 'json']).default('table'))
      .option('-o, --output <file>', 'write here instead of standard output')
    withExamples(command, [
      ['how many APIs there are, who owns them, whether the risk falls', 'tapistry report --data-dir ./tapistry-data'],
      ['of a running daemon, for a spreadsheet', 'tapistry report --server http://127.0.0.1:7411 --format json -o report.json'],
    ])
    command.action(async () => {
      const options = command.optsWithGlobals<ReportOptions>()
      const report = await reportOf(options, context)
      const text = options.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : executivePage(report)
      await writeResult(options.output ?? null, text, context.streams)
    })
  },
}

async function reportOf(options: ReportOptions, context: CommandContext): Promise<ExecutiveReport> {
  const { inventory, server, asOf } = options
  if (inventory !== undefined) return executiveReport(await namedInventory(options, context), null, null)
  if (server === undefined) {
    return readKept(options, context, (at, past) => executiveReport(at(asOf ?? null), asOf ?? null, earlierThan(asOf ?? dayText(dayOf(Date.now())), past)))
  }
  const query = asOf === undefined ? '' : `?asOf=${asOf}`
  const { value } = await serverClient(server, serverTokenFields(options, context.streams)).json(`/reports/executive${query}`)
  return value as ExecutiveReport
}
