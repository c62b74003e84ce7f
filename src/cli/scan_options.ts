import { Option, type Command } from 'commander'

import type { Config } from '../config/options.ts'
import type { Label, Severity } from '../inventory/document.ts'
import { TapistryError } from '../base/errors.ts'
import type { CommandContext, GlobalOptions } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'
import type { InputOptions } from './engine_options.ts'

const scanFormats = ['table', 'json', 'ndjson', 'csv', 'html', 'openapi', 'sarif'] as const
export type ScanFormat = (typeof scanFormats)[number]

export interface ScanOptions extends InputOptions, GlobalOptions {
  readonly spec?: readonly string[]
  readonly format: ScanFormat
  readonly failOn?: readonly Gate[]
  readonly dataDir?: string
  readonly again: boolean
  readonly config?: string
  readonly output?: string
}

/** A label that no endpoint may have, or the severity from which on there may be no finding. */
export type Gate = { readonly label: Label } | { readonly severity: Severity }

const labels: readonly Label[] = ['documented', 'undocumented', 'shadow', 'zombie', 'orphan', 'unseen', 'drift', 'blocked', 'unconfirmed']
const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']

export function addScanOptions(command: Command): void {
  command
    .option('--spec <path...>', 'OpenAPI documents to compare with: files, folders, globs')
    .addOption(new Option('--format <name>', 'how to print').choices(scanFormats).default('table'))
    .addOption(
      new Option('--fail-on <names>', 'exit with 1 where an endpoint has one of these labels, or a finding is as severe or worse (comma-separated)')
        .choices([...labels, ...severities])
        .argParser(gates),
    )
    .option('--data-dir <folder>', 'keep the result there, and go on from what it holds', dataFolderName)
    .option('--again', 'count inputs anew that the data folder knows already', false)
    .option('--config <file>', 'configuration with specs, services and owners')
    .option('-o, --output <file>', 'write here instead of standard output (openapi: a folder)')
}

/** What a configuration adds to a scan; the environment alone changes nothing where no file is named. */
export async function scanConfig(options: Pick<ScanOptions, 'config' | 'quiet'>, { streams }: CommandContext): Promise<Config | null> {
  if (options.config === undefined) return null
  // YAML and validation are loaded only where there is something to read.
  const { loadConfig } = await import('../config/load.ts')
  const { config, warnings } = loadConfig(options.config, streams.env, streams.cwd)
  if (!options.quiet) for (const warning of warnings) streams.note(`tapistry: ${warning}`)
  return config
}

const gateHelp = `a label (${labels.join(', ')}) or a severity (${severities.join(', ')}) is expected`

function gates(text: string, before: readonly Gate[] = []): Gate[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw new TapistryError('USAGE', `--fail-on names no gate: ${gateHelp}`)
  return [
    ...before,
    ...names.map((name): Gate => {
      const label = labels.find((known) => known === name)
      if (label !== undefined) return { label }
      const severity = severities.find((known) => known === name)
      if (severity !== undefined) return { severity }
      throw new TapistryError('USAGE', `--fail-on ${name}: ${gateHelp}`)
    }),
  ]
}
