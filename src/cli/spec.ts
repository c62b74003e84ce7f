import type { Command } from 'commander'

import { TapistryError } from '../base/errors.ts'
import { printable, counted } from '../output/text.ts'
import type { Spec } from '../registry/spec.ts'
import { withExamples, type CliCommand, type CommandContext } from './command.ts'
import { addSpecs, removeSpecs } from './spec_store.ts'
import { readSpecFiles, specProblemText } from '../config/spec_files.ts'

export const command: CliCommand = {
  configure(command, context) {
    lint(command.command('lint').description('name what is wrong with API documents, by line').copyInheritedSettings(command), context)
    list(command.command('list').description('list API documents and where they apply').copyInheritedSettings(command), context)
    show(command.command('show').description('print the operations of API documents').copyInheritedSettings(command), context)
    addSpecs(command.command('add').description('register API documents, kept with the data').copyInheritedSettings(command), context)
    removeSpecs(command.command('remove').description('take back what was added').copyInheritedSettings(command), context)
    withExamples(command, [
      ['before a commit', 'tapistry spec lint openapi/*.yaml'],
      ['what the documents of a folder describe', 'tapistry spec list specs/'],
    ])
  },
}

const pathsHelp = 'files, folders or globs of OpenAPI documents'

function lint(command: Command, { streams, exit }: CommandContext): void {
  command.argument('<path...>', pathsHelp)
  withExamples(command, [['all documents of a folder', 'tapistry spec lint specs/']])
  command.action(async (paths: string[]) => {
    const { specs, problems } = readSpecFiles(paths, streams.cwd)
    for (const problem of problems) await streams.out(`${printable(specProblemText(problem))}\n`)
    await streams.out(`${counted(specs.length, 'document')} read, ${counted(problems.length, 'problem')}\n`)
    if (problems.some(({ line }) => line === 0)) exit(3)
    else if (problems.length > 0) exit(1)
  })
}

function list(command: Command, context: CommandContext): void {
  command.argument('<path...>', pathsHelp)
  withExamples(command, [['what a folder holds', 'tapistry spec list specs/']])
  command.action(async (paths: string[]) => {
    for (const spec of readReporting(paths, context)) {
      const servers = spec.servers
        .map(({ url }) => url)
        .slice(0, 3)
        .join(', ')
      await context.streams.out(
        `${spec.id}  ${printable(`${spec.title} ${spec.version}`)}  OpenAPI ${printable(spec.openapi)}  ${counted(spec.operations.length, 'operation')}  ${printable(servers)}  ${printable(spec.origin)}\n`,
      )
    }
  })
}

function show(command: Command, context: CommandContext): void {
  command.argument('<path...>', pathsHelp)
  withExamples(command, [['the operations of one document', 'tapistry spec show openapi.yaml']])
  command.action(async (paths: string[]) => {
    for (const spec of readReporting(paths, context)) {
      await context.streams.out(`${printable(`${spec.title} ${spec.version}`)}  ${spec.id}\n`)
      for (const operation of spec.operations) {
        const notes = [operation.operationId ?? '', operation.deprecated ? 'deprecated' : ''].filter((note) => note !== '').join(', ')
        await context.streams.out(
          `  ${operation.method.padEnd(7)} ${printable(operation.template)}${notes === '' ? '' : `  (${printable(notes)})`}  ${printable(operation.file)}:${operation.line}\n`,
        )
      }
    }
  })
}

/** Reads the documents and says on standard error what is wrong with them; fails only where none can be used. */
function readReporting(paths: readonly string[], { streams, exit }: CommandContext): readonly Spec[] {
  const { specs, problems } = readSpecFiles(paths, streams.cwd)
  for (const problem of problems) streams.note(`tapistry: ${printable(specProblemText(problem))}`)
  if (specs.length === 0) throw new TapistryError('INPUT', `no API document could be read from ${paths.join(', ')}`)
  if (problems.some(({ fatal }) => fatal)) exit(3)
  return specs
}
