import { accessSync, constants } from 'node:fs'

import { Option, type Command } from 'commander'

import { systemReason, TapistryError } from '../base/errors.ts'
import type { EngineOptions } from '../source/native.ts'
import { tapOf } from '../source/tap.ts'
import { textFormat, textFormats, type TextFormat } from '../source/text_formats.ts'

/** The options of every command that reads inputs. */
export interface InputOptions {
  readonly host?: string
  readonly interface?: string
  readonly duration?: string
  readonly keys?: readonly string[]
  readonly descriptors?: readonly string[]
  readonly filter?: string
  readonly ignoreVlan?: boolean
  readonly keepDuplicates?: boolean
  readonly inputFormat: 'auto' | TextFormat
  readonly workers?: number
}

/** Adds `--host`, `--filter`, `--keys` and their like. */
export function addInputOptions(command: Command): void {
  command
    .addOption(new Option('--host <name>', 'the service, for logs whose lines name none').argParser(hostName))
    .option('--filter <bpf>', 'use only packets of captures that match, in tcpdump syntax (needs libpcap)')
    .option('--ignore-vlan', 'VLANs and virtual networks do not tell connections apart: for a tap that tags one direction only')
    .option('--keep-duplicates', 'do not look for copies of packets: for captures that hold none')
    .option('--keys <file...>', 'key logs (SSLKEYLOGFILE) and private RSA keys (PEM) to decrypt TLS with; keys stay in memory')
    .addOption(
      new Option('--descriptors <file...>', 'names of fields of gRPC: what protoc --descriptor_set_out or buf build has made of .proto files')
        .argParser(descriptorFiles)
        .env('TAPISTRY_DESCRIPTORS'),
    )
    .addOption(
      new Option('--input-format <name>', 'the format of all text inputs, or the log_format of the server that wrote them')
        .choices(['auto', ...textFormats])
        .argParser(inputFormat)
        .default('auto'),
    )
    .addOption(new Option('--workers <n>', 'threads that read (default: by cores and size)').argParser(workerCount).env('TAPISTRY_WORKERS'))
    .addOption(new Option('--interface <name>').hideHelp())
    .addOption(new Option('--duration <time>').hideHelp())
}

/** What the engine is asked for, but for what comes out. */
export type AskedOptions = Omit<EngineOptions, 'mode' | 'descriptors'> & { readonly descriptorFiles?: readonly string[] }

/** What the engine is asked for; refuses what of it this release cannot do. */
export function engineOptions(inputs: readonly string[], options: InputOptions): AskedOptions {
  if (options.interface !== undefined || options.duration !== undefined) {
    throw new TapistryError('USAGE', 'listening on an interface is not in this release: capture with tcpdump -w and scan the file')
  }
  if (inputs.length === 0) throw new TapistryError('USAGE', 'no input: name a file, a folder, a glob, or - for standard input')
  for (const file of options.keys ?? []) requireKeyFile(file)
  return {
    inputs: [...inputs],
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.inputFormat === 'auto' ? {} : { inputFormat: options.inputFormat }),
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    tap: tapOf(options),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(options.keys === undefined ? {} : { keys: options.keys }),
    ...(options.descriptors === undefined ? {} : { descriptorFiles: options.descriptors }),
  }
}

/** The engine reads it: nothing of a key comes here. */
function requireKeyFile(file: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (thrown) {
    throw new TapistryError('USAGE', `--keys ${file}: cannot be read: ${systemReason(thrown)}`, { cause: thrown })
  }
}

/** A file, or in the environment a list of them in brackets too. */
function descriptorFiles(text: string, before: readonly string[] = []): string[] {
  const list = /^\[(.*)\]$/s.exec(text)?.[1]
  return [...before, ...(list === undefined ? [text] : list.split(',').map((file) => file.trim().replaceAll(/^(["'])(.*)\1$/g, '$2')))]
}

function inputFormat(text: string): 'auto' | TextFormat {
  const format = text === 'auto' ? 'auto' : textFormat(text)
  if (format !== undefined) return format
  const names = ['auto', ...textFormats].join(', ')
  throw new TapistryError('USAGE', `--input-format ${text}: one of ${names} is expected, or the log_format, LogFormat or log-format of the server`)
}

/** A name or an address, with a port or without: it becomes the name of a service. */
function hostName(text: string): string {
  if (/^(?:\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(?::\d{1,5})?$/iu.test(text)) return text
  throw new TapistryError('USAGE', `--host ${text}: a host such as shop.example.com or 10.0.0.2:8080 is expected`)
}

const workersMax = 64

function workerCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= workersMax) return count
  throw new TapistryError('USAGE', `--workers ${text}: a whole number from 1 to ${workersMax} is expected`)
}
