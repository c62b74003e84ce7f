import { resolve } from 'node:path'
import { Option, type Command } from 'commander'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import type { Streams } from './streams.ts'

/** How a command says who asks a daemon. */
export interface ServerTokenOptions {
  readonly tokenFile?: string
}

/** Gives a command that asks a daemon its option; a token is no option itself, since others on the machine see the words of a command. */
export function withServerToken(command: Command): Command {
  return command.addOption(new Option('--token-file <file>', 'a file with the token to show the daemon (default: the variable TAPISTRY_TOKEN, if set)'))
}

/** The header fields that show the token; none where there is no token. Throws `TapistryError` without what is in it. */
export function serverTokenFields({ tokenFile }: ServerTokenOptions, { env, cwd }: Streams): Readonly<Record<string, string>> {
  const token = tokenFile === undefined ? env['TAPISTRY_TOKEN']?.trim() : tokenIn(tokenFile, cwd)
  if (token === undefined || token === '') return {}
  if (/^[\w.~+/-]+=*$/.test(token)) return { authorization: `Bearer ${token}` }
  throw new TapistryError('USAGE', `${tokenFile ?? 'TAPISTRY_TOKEN'}: holds no token; "tapistry token create" prints one`)
}

function tokenIn(file: string, cwd: string): string {
  try {
    const token = readTextFile(resolve(cwd, file), tokenBytesMax).trim()
    if (token !== '') return token
  } catch (thrown) {
    throw new TapistryError('INPUT', `--token-file ${file}: ${systemReason(thrown)}`, { cause: thrown })
  }
  throw new TapistryError('USAGE', `--token-file ${file}: is empty; "tapistry token create" prints a token`)
}

/** JWTs have some kilobytes. */
const tokenBytesMax = 64 * 1024
