import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'

import type { Channel } from '../alert/channel.ts'
import { makeChannels } from '../alert/make_channels.ts'
import { messageOf, type AlertMessage } from '../alert/message.ts'
import { headline } from '../alert/words.ts'
import { rfc3339 } from '../base/clock.ts'
import { stableId } from '../base/ids.ts'
import { TapistryError } from '../base/errors.ts'
import { loadConfig, refuse } from '../config/load.ts'
import { printable } from '../output/text.ts'
import { openStore } from '../storage/open_store.ts'
import type { Outbox } from '../storage/outbox.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'
import { configFileDefault } from './config.ts'
import { noteAudits } from './note_audit.ts'
import type { Streams } from './streams.ts'

export const command: CliCommand = {
  configure(command, context) {
    test(command.command('test').description('send a test message to a channel').copyInheritedSettings(command), context)
    list(command.command('list').description('show the alerts that could not be delivered and were given up').copyInheritedSettings(command), context)
    retry(command.command('retry').description('let alerts that were given up wait for delivery again').copyInheritedSettings(command), context)
    withExamples(command, [
      ['does the channel named security work', 'tapistry alert test security --config tapistry.yaml'],
      ['what was given up', 'tapistry alert list --data-dir ./tapistry-data'],
      ['deliver all of it after all, also while the daemon runs', 'tapistry alert retry --all --data-dir ./tapistry-data'],
    ])
  },
}

interface AlertOptions extends GlobalOptions {
  readonly config?: string
  readonly dataDir?: string
}

function test(command: Command, { streams, exit }: CommandContext): void {
  command.argument('<name>', 'the name of a channel of the configuration')
  withConfig(command)
  withExamples(command, [['before a restart', 'tapistry alert test security']])
  command.action(async (name: string) => {
    const channel = channelOf(command.optsWithGlobals<AlertOptions>(), name, streams)
    const outcome = await channel.deliver(testMessage(name), new AbortController().signal)
    if (outcome.kind === 'sent') return streams.out(`${printable(name)}: the message was taken\n`)
    exit(3)
    streams.note(`tapistry: ${printable(`${name}: the message was not taken: ${outcome.problem}`)}`)
  })
}

function channelOf(options: AlertOptions, name: string, { env, cwd }: Streams): Channel {
  const path = options.config ?? (existsSync(resolve(cwd, configFileDefault)) ? configFileDefault : null)
  const { config, placeOf } = loadConfig(path, env, cwd, { withSecrets: true })
  const { channels, problems } = makeChannels(config, Date.now)
  if (problems.length > 0) refuse(problems.map(({ key, message }) => `${placeOf(key)}: ${message}`))
  const channel = channels.find(({ rules }) => rules.name === name)
  if (channel !== undefined) return channel
  const names = channels.map(({ rules }) => rules.name)
  throw new TapistryError(
    'USAGE',
    `no channel is named ${JSON.stringify(name)}: ${names.length === 0 ? 'the configuration has none' : `there are ${names.join(', ')}`}`,
  )
}

function testMessage(channel: string): AlertMessage {
  const atMs = Date.now()
  return { key: stableId('alert_', 'test', channel, String(atMs)), channel, form: 'new', reference: null, atMs, items: [], isTest: true }
}

function list(command: Command, { streams }: CommandContext): void {
  withConfig(withDataDir(command))
  withExamples(command, [['the daemon may run meanwhile', 'tapistry alert list --data-dir ./tapistry-data']])
  command.action(async () => {
    const lines = withOutbox(command.optsWithGlobals<AlertOptions>(), streams, (outbox) =>
      allDead(outbox).map(
        (message) =>
          `${message.id}  ${rfc3339(message.atMs) ?? '?'}  ${message.channel}: ${headline(messageOf(outbox, message))} (${message.problem ?? 'unknown'})`,
      ),
    )
    await streams.out(lines.length === 0 ? 'nothing was given up\n' : lines.map((line) => `${printable(line)}\n`).join(''))
  })
}

function retry(command: Command, { streams }: CommandContext): void {
  command.argument('[id...]', 'the numbers that "tapistry alert list" shows').option('--all', 'all of them', false)
  withConfig(withDataDir(command))
  withExamples(command, [['one of them', 'tapistry alert retry 17 --data-dir ./tapistry-data']])
  command.action(async (ids: readonly string[]) => {
    const options = command.optsWithGlobals<AlertOptions & { readonly all: boolean }>()
    if (options.all === ids.length > 0)
      throw new TapistryError('USAGE', 'name alerts by the numbers that "tapistry alert list" shows, or all of them with --all')
    const numbers = ids.map(numberOf)
    const retried = withOutbox(options, streams, (outbox) => {
      const wanted = options.all ? allDead(outbox).map(({ id }) => id) : numbers
      for (const id of wanted) {
        if (!outbox.retry(id, Date.now()))
          throw new TapistryError('USAGE', `${id}: no alert with this number was given up; "tapistry alert list" shows those that were`)
      }
      return wanted
    })
    await noteAudits(folderOf(options, streams), 'retryAlert', retried.map(String))
    const { length: count } = retried
    await streams.out(`${count} ${count === 1 ? 'alert waits' : 'alerts wait'} for delivery; the daemon sees it within seconds\n`)
  })
}

function withConfig(command: Command): Command {
  return command.option('--config <file>', `the configuration (default: ${configFileDefault} in this folder, where it exists)`)
}

function withDataDir(command: Command): Command {
  return command.addOption(new Option('--data-dir <folder>', 'the data folder (default: that of the configuration)').env('TAPISTRY_DATA_DIR'))
}

/** The outbox of the folder, also of one into which a daemon writes. */
function withOutbox<T>(options: AlertOptions, streams: Streams, work: (outbox: Outbox) => T): T {
  const folder = folderOf(options, streams)
  if (!existsSync(folder)) throw new TapistryError('STORAGE', `${folder}: there is no such data folder; name one with --data-dir`)
  const store = openStore(folder, { writer: null, note: () => undefined })
  try {
    return work(store.repository.outbox)
  } finally {
    store.close()
  }
}

function folderOf({ dataDir, config }: AlertOptions, { cwd, env }: Streams): string {
  const path = config ?? (existsSync(resolve(cwd, configFileDefault)) ? configFileDefault : null)
  return resolve(cwd, dataDir ?? loadConfig(path, env, cwd).config.dataDir)
}

function allDead(outbox: Outbox): ReturnType<Outbox['dead']> {
  return outbox.dead(0, deadShownMax)
}

const deadShownMax = 1_000

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new TapistryError('USAGE', `${text}: a number such as 17 is expected, as "tapistry alert list" shows it`)
}
