import { resolve } from 'node:path'

import { TapistryError } from '../base/errors.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { PastInventories } from '../storage/past_inventories.ts'
import type { CommandContext, GlobalOptions } from './command.ts'
import type { ScanOptions } from './scan_options.ts'
import type { ServerTokenOptions } from './server_token.ts'

/** How commands that read an inventory name it. */
export interface NamedInventory extends GlobalOptions, ServerTokenOptions, Pick<ScanOptions, 'config'> {
  readonly dataDir?: string
  readonly inventory?: string
  readonly server?: string
  readonly spec?: readonly string[]
  readonly unpublished?: boolean
  readonly asOf?: string
}

/** The inventory of a data folder, a file or a daemon. */
export async function namedInventory(options: NamedInventory, context: CommandContext): Promise<InventoryDocument> {
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
export async function readKept<T>(
  options: NamedInventory,
  context: CommandContext,
  read: (at: (day: string | null) => InventoryDocument, past: PastInventories) => T,
): Promise<T> {
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
    }, kept.past)
  } finally {
    kept.close()
  }
}
