import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import type { InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import { csvText } from '../output/csv.ts'
import { htmlText } from '../output/html.ts'
import { jsonText } from '../output/json.ts'
import { ndjsonText } from '../output/ndjson.ts'
import { openApiFileName, openApiText } from '../output/openapi.ts'
import type { Report } from '../output/report.ts'
import { sarifText } from '../output/sarif.ts'
import { tableText } from '../output/table.ts'
import type { CommandContext } from './command.ts'
import { writeResult } from './result.ts'
import type { ScanFormat } from './scan_options.ts'
import { wantsColor } from './streams.ts'

/** Writes a report in one of the formats to `output`, or to standard output for null. */
export async function writeReport(report: Report, format: ScanFormat, output: string | null, context: CommandContext): Promise<void> {
  const { streams } = context
  if (format === 'openapi') return writeOpenApi(report.inventory, null, output, context)
  const toTerminal = output === null || output === '-'
  const text = {
    table: () => tableText(report, { columns: (toTerminal ? streams.columns : null) ?? 100, color: toTerminal && wantsColor(streams) }),
    json: () => jsonText(report.inventory),
    ndjson: () => ndjsonText(report.inventory),
    csv: () => csvText(report.inventory),
    html: () => htmlText(report),
    sarif: () => sarifText(report),
  }[format]()
  await writeResult(output, text, streams)
}

/** One document for the one service, to `output` or standard output; for several a file each into the folder `output`. */
export async function writeOpenApi(
  inventory: InventoryDocument,
  only: ServiceDocument | null,
  output: string | null,
  { streams }: CommandContext,
): Promise<void> {
  if (only !== null) return writeResult(output, openApiText(only, inventory), streams)
  const services = inventory.services.filter(({ endpoints, kinds }) => endpoints.some(({ exchanges }) => exchanges > 0) && !kinds.includes('web'))
  const [single] = services
  if (output === null || output === '-') {
    if (services.length === 1 && single !== undefined) return writeResult(null, openApiText(single, inventory), streams)
    throw new TapistryError('USAGE', `${services.length} services have something to describe: name a folder with -o`)
  }
  try {
    mkdirSync(resolve(streams.cwd, output), { recursive: true })
  } catch (thrown) {
    throw new TapistryError('OUTPUT', `cannot make the folder ${output}: ${systemReason(thrown)}; name another one with -o`, { cause: thrown })
  }
  for (const service of services) await writeResult(join(output, openApiFileName(service)), openApiText(service, inventory), streams)
}
