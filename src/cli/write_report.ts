import { join, resolve } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import { makeFolder } from '../base/folder.ts'
import type { InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import type { Report } from '../output/report.ts'
import type { TableOptions } from '../output/table.ts'
import type { CommandContext } from './command.ts'
import { writeResult } from './result.ts'
import type { ScanFormat } from './scan_options.ts'
import { wantsColor } from './streams.ts'

/** Writes a report in one of the formats to `output`, or to standard output for null. */
export async function writeReport(report: Report, format: ScanFormat, output: string | null, context: CommandContext): Promise<void> {
  const { streams } = context
  if (format === 'openapi') return writeOpenApi(report.inventory, null, output, context)
  const toTerminal = output === null || output === '-'
  const page = { columns: (toTerminal ? streams.columns : null) ?? 100, color: toTerminal && wantsColor(streams) }
  await writeResult(output, await texts[format](report, page), streams)
}

/** The formats that are one text. Each is loaded when it is asked for. */
const texts: Readonly<Record<Exclude<ScanFormat, 'openapi'>, (report: Report, page: TableOptions) => Promise<string | Iterable<string>>>> = {
  table: async (report, page) => (await import('../output/table.ts')).tableText(report, page),
  json: async ({ inventory }) => (await import('../output/json.ts')).jsonPieces(inventory),
  ndjson: async ({ inventory }) => (await import('../output/ndjson.ts')).ndjsonText(inventory),
  csv: async ({ inventory }) => (await import('../output/csv.ts')).csvText(inventory),
  html: async (report) => (await import('../output/html.ts')).htmlText(report),
  sarif: async (report) => (await import('../output/sarif.ts')).sarifText(report),
}

/** One document for the one service, to `output` or standard output; for several a file each into the folder `output`. */
export async function writeOpenApi(
  inventory: InventoryDocument,
  only: ServiceDocument | null,
  output: string | null,
  { streams }: CommandContext,
): Promise<void> {
  const { openApiFileName, openApiText } = await import('../output/openapi.ts')
  if (only !== null) return writeResult(output, openApiText(only, inventory), streams)
  const services = inventory.services.filter(({ endpoints, kinds }) => endpoints.some(({ exchanges }) => exchanges > 0) && !kinds.includes('web'))
  const [single] = services
  if (output === null || output === '-') {
    if (services.length === 1 && single !== undefined) return writeResult(null, openApiText(single, inventory), streams)
    throw new TapistryError('USAGE', `${services.length} services have something to describe: name a folder with -o`)
  }
  try {
    makeFolder(resolve(streams.cwd, output))
  } catch (thrown) {
    throw new TapistryError('OUTPUT', `cannot make the folder ${output}: ${systemReason(thrown)}; name another one with -o`, { cause: thrown })
  }
  for (const service of services) await writeResult(join(output, openApiFileName(service)), openApiText(service, inventory), streams)
}
