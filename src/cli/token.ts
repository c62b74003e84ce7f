import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option, type Command } from 'commander'

import { scopes, type Scope } from '../access/scope.ts'
import type { Token } from '../access/token.ts'
import { TapistryError } from '../base/errors.ts'
import { ageMs } from '../config/units.ts'
import { printable } from '../output/text.ts'
import { tokensTable, tokensText } from '../output/token_list.ts'
import type { AccessStore } from '../storage/access_store.ts'
import { databaseName } from '../storage/data_folder.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'
import { noteAudit } from './note_audit.ts'

export const command: CliCommand = {
  configure(command, context) {
    create(command.command('create').description('make a token and print it, this once').copyInheritedSettings(command), context)
    list(command.command('list').description('list tokens, without what they are').copyInheritedSettings(command), context)
    revoke(command.command('revoke').description('end a token at once, also of a daemon that runs').copyInheritedSettings(command), context)
    withExamples(command, [
      ['for a dashboard', 'tapistry token create --name grafana --scope read'],
      ['for a team, a quarter of a year', 'tapistry token create --name orders --scope write --service orders.example.com --expires 90d'],
      ['for a gateway that sends what it sees', 'tapistry token create --name gateway --scope ingest'],
      ['it has leaked', 'tapistry token revoke grafana'],
    ])
  },
}

interface TokenOptions extends GlobalOptions {
  readonly dataDir?: string
  readonly config?: string
}

interface CreateOptions extends TokenOptions {
  readonly name?: string
  readonly scope: readonly Scope[]
  readonly service?: readonly string[]
  readonly expires?: number
}

function withDataDir(command: Command): Command {
  return command
    .addOption(
      new Option('--data-dir <folder>', 'the data folder of the daemon (default: that of the configuration, else ./tapistry-data)').env('TAPISTRY_DATA_DIR'),
    )
    .option('--config <file>', 'the configuration (default: tapistry.yaml in this folder, where it exists)')
}

function create(command: Command, context: CommandContext): void {
  withDataDir(command)
    .option('--name <name>', 'what it is for; shown in lists and in the audit (default: its id)')
    .addOption(new Option('--scope <scope...>', 'what it may: write holds read, admin holds all').choices(scopes).default(['read']))
    .option('--service <name...>', 'these services only, by name or id (with read and write)')
    .addOption(new Option('--expires <age>', 'how long it is good: 90d, 12h (default: until it is revoked)').argParser(lifetime))
  withExamples(command, [['into a file that only you can read', '(umask 077; tapistry token create --name ci --scope read --expires 90d > token)']])
  command.action(async () => {
    const { name, scope, service, expires, ...options } = command.optsWithGlobals<CreateOptions>()
    if (name !== undefined && !/^[^\p{C}]{1,64}$/u.test(name)) throw new TapistryError('USAGE', '--name: 1 to 64 printable characters are expected')
    if (service !== undefined && scope.some((one) => one !== 'read' && one !== 'write')) {
      throw new TapistryError('USAGE', '--service: a limit goes with the scopes read and write; ingest and admin are about all services')
    }
    await withAccess(options, context, true, async (store, folder) => {
      const { newTokenText, tokenIdentity } = await import('../access/token_text.ts')
      const text = newTokenText()
      const identity = tokenIdentity(text)
      if (identity === null) throw new TapistryError('DEFECT', 'a new token is none')
      const nowMs = Date.now()
      const token: Token = {
        id: identity.id,
        name: name ?? identity.id,
        scopes: [...new Set(scope)],
        services: service === undefined ? null : [...new Set(service.map((one) => one.toLowerCase()))],
        createdMs: nowMs,
        expiresMs: expires === undefined ? null : nowMs + expires,
        lastUsedMs: null,
        revokedMs: null,
      }
      store.addToken(token, identity.sha256)
      noteAudit(store, 'createToken', token.id)
      if (!options.quiet)
        context.streams.note(`tapistry: ${printable(token.name)} (${token.id}) in ${printable(folder)}: keep what is printed, it is not shown again`)
      await context.streams.out(`${text}\n`)
    })
  })
}

function list(command: Command, context: CommandContext): void {
  withDataDir(command).addOption(new Option('--format <name>', 'how to write it').choices(['table', 'json']).default('table'))
  withExamples(command, [['which were never used', "tapistry token list --format json | jq '.tokens[] | select(.lastUsed == null)'"]])
  command.action(async () => {
    const options = command.optsWithGlobals<TokenOptions & { readonly format: 'table' | 'json' }>()
    await withAccess(options, context, false, async (store) => {
      const tokens = store.tokens()
      const nowMs = Date.now()
      await context.streams.out(options.format === 'json' ? tokensText(tokens, nowMs) : tokensTable(tokens, nowMs))
    })
  })
}

function revoke(command: Command, context: CommandContext): void {
  withDataDir(command.argument('<token>', 'name or id of the token'))
  withExamples(command, [['by its id', 'tapistry token revoke tok_1f2e3d4c5b6a7988']])
  command.action(async (wanted: string) => {
    await withAccess(command.optsWithGlobals<TokenOptions>(), context, false, async (store, folder) => {
      const named = store.tokens().filter(({ id, name }) => id === wanted || name === wanted)
      const token = named.find(({ revokedMs }) => revokedMs === null) ?? named[0]
      if (token === undefined) throw new TapistryError('USAGE', `${printable(folder)}: holds no token with this name or id: tapistry token list shows them`)
      if (token.revokedMs === null) {
        store.revokeToken(token.id, Date.now())
        noteAudit(store, 'revokeToken', token.id)
      }
      await context.streams.out(`${printable(token.name)} (${token.id}): ${token.revokedMs === null ? 'revoked' : 'was revoked before'}\n`)
    })
  })
}

/** Opens the data folder that `run` would use; where there is none it `makes` one. The database's native module is loaded only now. */
async function withAccess(
  options: TokenOptions,
  { streams }: CommandContext,
  makes: boolean,
  work: (store: AccessStore, folder: string) => Promise<void>,
): Promise<void> {
  const [{ openAccessStore }, { loadConfig }, { configPath }] = await Promise.all([
    import('../storage/access_store.ts'),
    import('../config/load.ts'),
    import('./run_config.ts'),
  ])
  const folder = resolve(streams.cwd, options.dataDir ?? loadConfig(configPath(options, streams), streams.env, streams.cwd).config.dataDir)
  if (!makes && !existsSync(join(folder, databaseName))) {
    throw new TapistryError('STORAGE', `${folder}: holds no ${databaseName}; name a data folder with --data-dir`)
  }
  const store = openAccessStore(folder, (line) => streams.note(`tapistry: ${line}`))
  try {
    await work(store, folder)
  } finally {
    store.close()
  }
}

function lifetime(text: string): number {
  const ms = ageMs(text)
  // Beyond a thousand years is no date that anything can show.
  if (ms !== null && ms >= 1000 && ms <= 365_000 * 24 * 3_600_000) return Math.round(ms)
  throw new TapistryError('USAGE', `--expires ${text}: an age of a second or more is expected, such as 90d or 12h`)
}
