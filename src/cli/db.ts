import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option, type Command } from 'commander'

import { rfc3339 } from '../base/clock.ts'
import { TapistryError } from '../base/errors.ts'
import { ageMs, sizeBytes } from '../config/units.ts'
import { counted, grouped, printable, sized } from '../output/text.ts'
import type { DatabaseContents } from '../storage/check.ts'
import { databaseName } from '../storage/data_folder.ts'
import { withExamples, type CliCommand, type CommandContext, type GlobalOptions } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'

export const command: CliCommand = {
  configure(command, context) {
    check(command.command('check').description('look at every page and row, and say what is in it').copyInheritedSettings(command), context)
    backup(command.command('backup').description('copy the folder, also while something writes into it').copyInheritedSettings(command), context)
    restore(command.command('restore').description('put a backup into a data folder').copyInheritedSettings(command), context)
    prune(command.command('prune').description('remove what is old').copyInheritedSettings(command), context)
    withExamples(command, [
      ['is it whole, and how large is it', 'tapistry db check --data-dir ./tapistry-data'],
      ['a copy, while the daemon runs', 'tapistry db backup ./backup-monday --data-dir ./tapistry-data'],
      ['keep a quarter of a year', 'tapistry db prune --older-than 90d --data-dir ./tapistry-data'],
    ])
  },
}

interface DbOptions extends GlobalOptions {
  readonly dataDir?: string
}

function withDataDir(command: Command): Command {
  return command.addOption(new Option('--data-dir <folder>', 'the data folder').argParser(dataFolderName).env('TAPISTRY_DATA_DIR'))
}

function check(command: Command, { streams, exit }: CommandContext): void {
  withExamples(withDataDir(command), [['a backup is a data folder too', 'tapistry db check --data-dir ./backup-monday']])
  command.action(async () => {
    const path = join(dataFolder(command.optsWithGlobals<DbOptions>(), streams.cwd), databaseName)
    const { checkDatabase } = await import('../storage/check.ts')
    const { problems, bytes, contents } = checkDatabase(path)
    for (const problem of problems) streams.note(`tapistry: ${printable(`${path}: ${problem}`)}`)
    if (problems.length > 0) {
      exit(3)
      streams.note(`tapistry: ${printable(path)}: is damaged; restore a backup with "tapistry db restore", or move it away and scan again`)
    }
    await streams.out([`${printable(path)}: ${problems.length === 0 ? 'no problem found' : 'damaged'}`, ...contentsLines(contents, bytes), ''].join('\n'))
  })
}

function contentsLines(contents: DatabaseContents | null, bytes: number): string[] {
  if (contents === null) return [`  size         ${sized(bytes)}`]
  const { keys, services, observationBytes, pending, inputs, sources, events, days, dayBytes, decisions, commits, oldestMs, newestMs } = contents
  const perKey = keys === 0 ? '' : `, ${grouped(observationBytes / keys)} B each`
  return [
    `  keys         ${grouped(keys)} of ${counted(services, 'service')}${perKey}`,
    `  not merged   ${counted(pending, 'batch', 'batches')}`,
    `  size         ${sized(bytes)}`,
    `  event times  ${oldestMs === null || newestMs === null ? 'none' : `${rfc3339(oldestMs) ?? '?'} to ${rfc3339(newestMs) ?? '?'}`}`,
    `  positions    ${counted(inputs, 'input')}, ${counted(sources, 'part of a source', 'parts of sources')}`,
    `  changes      ${grouped(events)}`,
    `  past days    ${grouped(days)}${days === 0 ? '' : `, ${grouped(dayBytes / days)} B each`}`,
    `  decisions    ${grouped(decisions)}`,
    `  commits      ${grouped(commits)}`,
  ]
}

function backup(command: Command, { streams }: CommandContext): void {
  withDataDir(command.argument('<folder>', 'a folder that does not exist yet; it becomes a data folder of its own'))
  withExamples(command, [['one for each day', 'tapistry db backup "backups/$(date +%F)" --data-dir ./tapistry-data']])
  command.action(async (target: string) => {
    const options = command.optsWithGlobals<DbOptions>()
    const { backupFolder } = await import('../storage/backup.ts')
    backupFolder(dataFolder(options, streams.cwd), resolve(streams.cwd, target))
    if (!options.quiet) streams.note(`tapistry: ${printable(target)}: holds the secret of the hashes too: keep it as private as the data folder`)
    await streams.out(`${printable(target)}: written\n`)
  })
}

function restore(command: Command, { streams }: CommandContext): void {
  withDataDir(command.argument('<folder>', 'a folder that "tapistry db backup" wrote'))
  command.option('--force', 'replace what the data folder holds; it is kept under names that end in .before-restore', false)
  withExamples(command, [['after a disk was lost', 'tapistry db restore backups/2026-03-02 --data-dir ./tapistry-data']])
  command.action(async (folder: string) => {
    const options = command.optsWithGlobals<DbOptions & { readonly force: boolean }>()
    const target = namedFolder(options, streams.cwd)
    const { restoreFolder } = await import('../storage/restore.ts')
    restoreFolder(resolve(streams.cwd, folder), target, options.force)
    await streams.out(`${printable(target)}: restored from ${printable(folder)}\n`)
  })
}

interface PruneOptions extends DbOptions {
  readonly olderThan?: number
  readonly maxBytes?: number
  readonly maxEvents?: number
  readonly config?: string
  readonly dryRun: boolean
}

function prune(command: Command, context: CommandContext): void {
  const { streams } = context
  withDataDir(command)
    .addOption(
      new Option(
        '--older-than <age>',
        'keys that are so much older than the newest event, changes and past days that are so much older than the newest: 90d, 36h',
      ).argParser(age),
    )
    .addOption(
      new Option('--max-bytes <size>', 'the oldest changes and past days, then the keys seen longest ago, until the rest takes so much: 2GiB').argParser(size),
    )
    .addOption(new Option('--max-events <n>', 'the oldest changes, until there are so many').argParser(eventCount))
    .option('--config <file>', 'configuration with specs, services and owners, as they are shown of the last day that is over')
    .option('--dry-run', 'say what would go, and remove nothing', false)
  withExamples(command, [
    ['what would go', 'tapistry db prune --older-than 90d --dry-run --data-dir ./tapistry-data'],
    ['a bound for the disk', 'tapistry db prune --max-bytes 2GiB --data-dir ./tapistry-data'],
  ])
  command.action(async () => {
    const options = command.optsWithGlobals<PruneOptions>()
    const { olderThan, maxBytes, maxEvents, dryRun } = options
    if (olderThan === undefined && maxBytes === undefined && maxEvents === undefined) {
      throw new TapistryError('USAGE', 'nothing says what may go: use --older-than 90d, --max-bytes 2GiB or --max-events 100000')
    }
    const folder = dataFolder(options, streams.cwd)
    const [{ keptState }, { knownWith, publishedReadOut, readRegistry }, { scanConfig }, { latestOf }] = await Promise.all([
      import('./kept_state.ts'),
      import('./read_out.ts'),
      import('./scan_options.ts'),
      import('../storage/prune.ts'),
    ])
    const config = await scanConfig(options, context)
    const specs = await readRegistry([], config, context, options.quiet)
    const kept = await keptState(folder, 'tapistry db prune', context, options.quiet)
    try {
      const rule = { olderThanMs: olderThan ?? null, bytesMax: maxBytes ?? null, eventsMax: maxEvents ?? null, latestMs: latestOf(Date.now()), dryRun }
      const known = await knownWith(specs, config, kept.decisions)
      const pruned = kept.prune(rule, (state) => publishedReadOut(state, known, kept.decisions))
      const { keys, keysBefore, events, eventsBefore, days, daysBefore, exchanges, bytesBefore, bytesAfter, newestMs } = pruned
      const newest = newestMs === null ? '' : `, the newest event being of ${rfc3339(newestMs) ?? '?'}`
      await streams.out(
        `${dryRun ? 'would remove' : 'removed'} ${grouped(keys)} of ${counted(keysBefore, 'key')}, ${grouped(events)} of ${counted(eventsBefore, 'change')} and ${grouped(days)} of ${counted(daysBefore, 'past day')}${newest}; ${counted(exchanges, 'exchange')} of them ${dryRun ? 'would stay' : 'stay'} as counts of their services; ${sized(bytesBefore)} before, ${sized(bytesAfter)} after\n`,
      )
    } finally {
      kept.close()
    }
  })
}

/** The data folder that is named, which exists and holds something. */
function dataFolder(options: DbOptions, cwd: string): string {
  const folder = namedFolder(options, cwd)
  if (existsSync(join(folder, databaseName))) return folder
  throw new TapistryError('STORAGE', `${folder}: holds no ${databaseName}; name a data folder with --data-dir`)
}

function namedFolder({ dataDir }: DbOptions, cwd: string): string {
  if (dataDir === undefined) throw new TapistryError('USAGE', 'no data folder is named: use --data-dir FOLDER')
  return resolve(cwd, dataDir)
}

function age(text: string): number {
  const ms = ageMs(text)
  if (ms !== null) return ms
  throw new TapistryError('USAGE', `--older-than ${text}: an age such as 90d or 36h is expected`)
}

function size(text: string): number {
  const bytes = sizeBytes(text)
  if (bytes !== null) return bytes
  throw new TapistryError('USAGE', `--max-bytes ${text}: a size such as 2GiB or 500MB is expected`)
}

function eventCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new TapistryError('USAGE', `--max-events ${text}: a whole number such as 100000 is expected`)
}
