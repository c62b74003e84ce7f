import { Command, CommanderError, Option } from 'commander'

import { TapistryError, type ExitCode } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import { logLevels, withExamples, type CommandContext } from './command.ts'
import { commands } from './commands.ts'
import type { Streams } from './streams.ts'

/** Runs one command line (without node and script) and resolves to its exit code; throws `TapistryError` for what people can mend. */
export async function runCli(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const printed: string[] = []
  const program = await buildProgram(
    new Set(argv),
    {
      streams,
      exit: (code) => {
        if (code > exitCode) exitCode = code
      },
    },
    (text) => printed.push(text),
  )
  try {
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync(argv, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (thrown.exitCode !== 0) throw usageError(thrown, argv)
  }
  await streams.out(printed.join(''))
  return exitCode
}

/** The command tree; only the commands in `named` have their arguments and actions, the others are rows of the help. */
export async function buildProgram(named: ReadonlySet<string>, context: CommandContext, print: (text: string) => void): Promise<Command> {
  const program = new Command('tapistry')
  program
    .description('Discovers APIs passively from captures and access logs, and compares them with their specs.')
    .version(tapistryVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .addOption(new Option('--log-level <level>', 'how much to say on standard error').choices(logLevels).default('warn').env('TAPISTRY_LOG_LEVEL'))
    .option('-q, --quiet', 'no progress and no notes on standard error, errors only', false)
    .showSuggestionAfterError(true)
    .configureHelp({ helpWidth: Math.min(context.streams.columns ?? 100, 120), showGlobalOptions: true })
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .exitOverride()
  withExamples(program, [
    ['what is in a capture, compared with a spec', 'tapistry scan traffic.pcap --spec openapi.yaml'],
    ['the shipped example', 'tapistry demo'],
  ])
  for (const row of commands) {
    const command = program.command(row.name).description(row.summary).copyInheritedSettings(program)
    if (named.has(row.name)) (await row.load()).configure(command, context)
  }
  return program
}

/** One line: what was wrong, and where the right usage stands. */
function usageError(error: CommanderError, argv: readonly string[]): TapistryError {
  const row = commands.find(({ name }) => argv.includes(name))
  const help = row === undefined ? 'tapistry --help' : `tapistry ${row.name} --help`
  const what = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .trim()
  if (error.code === 'commander.help' || what === '(outputHelp)') return new TapistryError('USAGE', `a command is missing: see ${help}`)
  return new TapistryError('USAGE', `${what}: see ${help}`)
}
