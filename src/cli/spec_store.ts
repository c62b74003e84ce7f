import { resolve } from 'node:path'

import { Option, type Command } from 'commander'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { specProblemText } from '../config/spec_files.ts'
import { decisionsOf, type Decision, type DecisionChange, type SpecDecision } from '../finding/decision.ts'
import { readNewDocument, registering, unregistering } from '../finding/documents.ts'
import { printable } from '../output/text.ts'
import { withExamples, type CommandContext, type GlobalOptions } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'
import { noteAudits } from './note_audit.ts'
import { serverClient, type ServerClient } from './server_client.ts'
import { serverTokenFields, withServerToken, type ServerTokenOptions } from './server_token.ts'

interface StoreOptions extends GlobalOptions, ServerTokenOptions {
  readonly dataDir?: string
  readonly server?: string
  readonly service?: string
  readonly config?: string
}

/** `spec add`: documents kept with the data, beside those of the configuration. */
export function addSpecs(command: Command, context: CommandContext): void {
  command.argument('<file...>', 'OpenAPI documents, each one file')
  placeOptions(command).option('--service <name>', 'the service that they describe, whatever their servers say')
  withExamples(command, [
    ['to a running daemon', 'tapistry spec add shop.yaml --server http://127.0.0.1:7411'],
    ['to a data folder that no daemon uses', 'tapistry spec add shop.yaml --data-dir ./tapistry-data --service shop.example.com'],
  ])
  command.action(async (files: string[]) => {
    const options = command.optsWithGlobals<StoreOptions>()
    const documents = files.map((file) => documentIn(file, context))
    const services = options.service === undefined ? [] : [options.service.toLowerCase()]
    await inPlace(options, context, {
      async server(client) {
        for (const { file, text } of documents) {
          const query = new URLSearchParams({ name: file.slice(-nameCharactersMax), ...(options.service === undefined ? {} : { service: options.service }) })
          const added = await client.send('POST', `/specs?${query.toString()}`, {
            type: 'text/plain',
            text,
          })
          await say(added as Added, context)
        }
      },
      async folder(store) {
        const known = new Set(store.documents.map(({ id }) => id))
        for (const { file, spec } of documents) {
          if (known.has(spec.id)) {
            throw new TapistryError('INPUT', `${file}: is registered already, as ${spec.id}; remove that first with "tapistry spec remove ${spec.id}"`)
          }
          known.add(spec.id)
        }
        const changes = documents.map(({ file, text, spec }) => registering(spec, { kind: 'spec', text, name: file, services }, actor, null))
        await store.keep(changes, 'addSpec')
        for (const { spec } of documents) await say(spec, context)
      },
    })
  })
}

/** `spec remove`. */
export function removeSpecs(command: Command, context: CommandContext): void {
  command.argument('<id...>', 'ids of documents that were added')
  placeOptions(command)
  withExamples(command, [['from a running daemon', 'tapistry spec remove spec_0123456789abcdef --server http://127.0.0.1:7411']])
  command.action(async (ids: string[]) => {
    await inPlace(command.optsWithGlobals<StoreOptions>(), context, {
      async server(client) {
        for (const id of ids) await client.send('DELETE', `/specs/${encodeURIComponent(id)}`)
      },
      async folder(store) {
        const changes = [...new Set(ids)].map((id) => {
          const decision = store.documents.find((one) => one.id === id)
          if (decision === undefined) throw new TapistryError('INPUT', `${printable(id)}: no document with this id was added`)
          return unregistering(decision, actor)
        })
        await store.keep(changes, 'removeSpec')
      },
    })
  })
}

const nameCharactersMax = 200
/** Who decides here, as the audit names them. */
const actor = 'command line'

function placeOptions(command: Command): Command {
  return withServerToken(command)
    .addOption(new Option('--data-dir <folder>', 'keep it in this data folder').argParser(dataFolderName).env('TAPISTRY_DATA_DIR').conflicts('server'))
    .addOption(new Option('--server <url>', 'ask this daemon'))
    .addOption(new Option('--config <file>', 'configuration with the data folder, and with specs and services').conflicts('server'))
}

interface SpecStore {
  readonly documents: ReadonlyArray<Decision<SpecDecision>>
  /** Keeps all of them or none, and who did what in the audit. */
  keep(changes: readonly DecisionChange[], action: string): Promise<void>
}

async function inPlace(
  { dataDir, server, quiet, config: file, ...token }: StoreOptions,
  context: CommandContext,
  { server: overServer, folder }: { server(client: ServerClient): Promise<void>; folder(store: SpecStore): Promise<void> },
): Promise<void> {
  if (server !== undefined) return overServer(serverClient(server, serverTokenFields(token, context.streams)))
  const [{ keptState }, { knownWith, publishedReadOut, readRegistry }, { scanConfig }] = await Promise.all([
    import('./kept_state.ts'),
    import('./read_out.ts'),
    import('./scan_options.ts'),
  ])
  const config = await scanConfig({ quiet, ...(file === undefined ? {} : { config: file }) }, context)
  const named = dataDir ?? config?.dataDir
  if (named === undefined) throw new TapistryError('USAGE', 'no place is named: use --server URL, --data-dir FOLDER or --config FILE')
  const path = resolve(context.streams.cwd, named)
  const kept = await keptState(path, 'tapistry spec', context, quiet)
  try {
    const known = await knownWith(await readRegistry([], config, context, quiet), config, kept.decisions)
    await folder({
      documents: decisionsOf(kept.decisions, 'spec'),
      async keep(changes, action) {
        const change = { put: changes.flatMap(({ put }) => put), drop: changes.flatMap(({ drop }) => drop), events: changes.flatMap(({ events }) => events) }
        kept.decide(change, (state) => publishedReadOut(state, known, kept.decisions))
        await noteAudits(path, action, [...change.put.map(({ id }) => id), ...change.drop])
      },
    })
  } finally {
    kept.close()
  }
}

function documentIn(
  file: string,
  { streams }: CommandContext,
): { readonly file: string; readonly text: string; readonly spec: NonNullable<ReturnType<typeof readNewDocument>['spec']> } {
  let text: string
  try {
    text = readTextFile(resolve(streams.cwd, file))
  } catch (thrown) {
    throw new TapistryError('INPUT', `${file}: ${systemReason(thrown)}`, { cause: thrown })
  }
  const { spec, problems } = readNewDocument(text, file)
  if (spec === null) throw new TapistryError('INPUT', problems.map(specProblemText))
  for (const problem of problems) streams.note(`tapistry: ${printable(specProblemText(problem))}`)
  return { file, text, spec }
}

interface Added {
  readonly id: string
  readonly title: string
  readonly version: string
}

async function say({ id, title, version }: Added, { streams }: CommandContext): Promise<void> {
  await streams.out(`${id}  ${printable(`${title} ${version}`)}\n`)
}
