import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { stringify } from 'yaml'

import { configSchemaText, loadConfig } from '../config/load.ts'
import { configSchema } from '../config/options.ts'
import { masked } from '../config/secrets.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'

export const command: CliCommand = {
  configure(command, context) {
    check(command.command('check').description('check a configuration and name what is wrong by line').copyInheritedSettings(command), context)
    show(command.command('show').description('print the effective configuration, secrets masked').copyInheritedSettings(command), context)
    schema(command.command('schema').description('print the JSON Schema of the configuration').copyInheritedSettings(command), context)
    withExamples(command, [
      ['before a restart', 'tapistry config check tapistry.yaml'],
      ['what the environment changes', 'TAPISTRY_LISTEN=0.0.0.0:7411 tapistry config show'],
    ])
  },
}

/** The file that is meant where none is named. */
export const configFileDefault = 'tapistry.yaml'

function check(command: Command, { streams }: CommandContext): void {
  command.argument('[file]', `the configuration (default: ${configFileDefault})`)
  withExamples(command, [['the file in this folder', 'tapistry config check']])
  command.action(async (file: string | undefined) => {
    const { config, warnings } = loadConfig(file ?? configFileDefault, streams.env, streams.cwd, { withSecrets: true })
    const { makeChannels } = await import('../alert/make_channels.ts')
    makeChannels(config, Date.now)
    for (const warning of warnings) streams.note(`tapistry: ${warning}`)
    await streams.out(`${file ?? configFileDefault}: no problem found\n`)
  })
}

function show(command: Command, { streams }: CommandContext): void {
  command.argument('[file]', `the configuration (default: ${configFileDefault} where it exists)`)
  withExamples(command, [['defaults, file and environment together', 'tapistry config show tapistry.yaml']])
  command.action(async (file: string | undefined) => {
    const path = file ?? (existsSync(resolve(streams.cwd, configFileDefault)) ? configFileDefault : null)
    const { config, warnings } = loadConfig(path, streams.env, streams.cwd)
    if (!command.optsWithGlobals<GlobalOptions>().quiet) for (const warning of warnings) streams.note(`tapistry: ${warning}`)
    await streams.out(stringify(masked(config, configSchema), { lineWidth: 0 }))
  })
}

function schema(command: Command, { streams }: CommandContext): void {
  withExamples(command, [['for an editor', 'tapistry config schema > tapistry.schema.json']])
  command.action(() => streams.out(configSchemaText()))
}
