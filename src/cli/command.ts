import type { Command } from 'commander'

import type { ExitCode } from '../base/errors.ts'
import type { Streams } from './streams.ts'

/** What a command file exports as `command`: its arguments and what it does. */
export interface CliCommand {
  /** Adds arguments, options and examples, and the action, whose exit code goes to `context.exit`. */
  configure(command: Command, context: CommandContext): void
}

export interface CommandContext {
  readonly streams: Streams
  /** Sets the exit code of the run; the largest one given stays, an interrupt aside. */
  exit(code: ExitCode): void
}

/** The options that stand on every command. */
export interface GlobalOptions {
  readonly logLevel: LogLevel
  readonly quiet: boolean
}

export const logLevels = ['error', 'warn', 'info', 'debug'] as const
type LogLevel = (typeof logLevels)[number]

/** The examples at the end of a command's help, one `what it is for` and `the line to type` each. */
export function withExamples(command: Command, examples: ReadonlyArray<readonly [purpose: string, line: string]>): Command {
  const lines = examples.flatMap(([purpose, line]) => [`  # ${purpose}`, `  $ ${line}`])
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
