import { resolve } from 'node:path'

import { Option, type Command } from 'commander'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { specProblemText } from '../config/spec_files.ts'
import { decisionsOf, type Decision, type DecisionChange, type SpecDecision } from '../finding/decision.ts'
import { readDocumentText, registering, unregistering } from '../finding/documents.ts'
import { printable } from '../output/text.ts'
import { withExamples, type CommandContext, type GlobalOptions } from './command.ts'
import { serverClient } from './server_client.ts'

interface StoreOptions extends GlobalOptions {
  readonly dataDir?: string
  readonly server?: string
  readonly service?: string
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
      async server(url) {
        const client = serverClient(url)
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
        for (const { file, text, spec } of documents) {
          if (store.documents().some(({ id }) => id === spec.id)) {
            throw new TapistryError('INPUT', `${file}: is registered already, as ${spec.id}; remove that first with "tapistry spec remove ${spec.id}"`)
          }
          store.keep(registering(spec, { kind: 'spec', text, name: file, services }, 'local', null))
          await say(spec, context)
        }
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
      async server(url) {
        const client = serverClient(url)
        for (const id of ids) await client.send('DELETE', `/specs/${encodeURIComponent(id)}`)
      },
      async folder(store) {
        for (const id of ids) {
          const decision = store.documents().find((one) => one.id === id)
          if (decision === undefined) throw new TapistryError('INPUT', `${printable(id)}: no document with this id was added`)
          store.keep(unregistering(decision, 'local'))
        }
      },
    })
  })
}

const nameCharactersMax = 200

function placeOptions(command: Command): Command {
  return command
    .addOption(new Option('--data-dir <folder>', 'keep it in this data folder').env('TAPISTRY_DATA_DIR').conflicts('server'))
    .addOption(new Option('--server <url>', 'ask this daemon'))
}

interface SpecStore {
  documents(): ReadonlyArray<Decision<SpecDecision>>
  keep(change: DecisionChange): void
}

async function inPlace(
  { dataDir, server, quiet }: StoreOptions,
  { streams }: CommandContext,
  { server: overServer, folder }: { server(url: string): Promise<void>; folder(store: SpecStore): Promise<void> },
): Promise<void> {
  if (server !== undefined) return overServer(server)
  if (dataDir === undefined) throw new TapistryError('USAGE', 'no place is named: use --server URL or --data-dir FOLDER')
  const [{ openStore }, { emptyBatch }] = await Promise.all([import('../storage/open_store.ts'), import('../storage/repository.ts')])
  const note = (line: string): void => (quiet ? undefined : streams.note(`tapistry: ${line}`))
  const { repository, close } = openStore(resolve(streams.cwd, dataDir), { writer: 'tapistry spec', note })
  try {
    await folder({
      documents: () => decisionsOf(repository.decisions(), 'spec'),
      keep(change) {
        const atMs = Date.now()
        repository.commit({
          basis: repository.generation(),
          batch: emptyBatch,
          packed: [],
          positions: [],
          sources: [],
          tails: [],
          events: change.events.map((event) => ({ ...event, atMs })),
          decisions: change.put.map((draft): Decision => ({ ...draft, atMs })),
          dropDecisions: change.drop,
          dropTails: [],
          again: false,
        })
      },
    })
  } finally {
    close()
  }
}

function documentIn(
  file: string,
  { streams }: CommandContext,
): { readonly file: string; readonly text: string; readonly spec: NonNullable<ReturnType<typeof readDocumentText>['spec']> } {
  let text: string
  try {
    text = readTextFile(resolve(streams.cwd, file))
  } catch (thrown) {
    throw new TapistryError('INPUT', `${file}: ${systemReason(thrown)}`, { cause: thrown })
  }
  const { spec, problems } = readDocumentText(text, file)
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
