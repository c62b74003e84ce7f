import { counted, grouped, printable } from '../output/text.ts'
import type { InputNote } from '../output/report.ts'
import type { EngineReport, InputReport } from '../source/native.ts'
import type { CommandContext, GlobalOptions } from './command.ts'
import type { InputOptions } from './engine_options.ts'

/** Says on standard error what could not be read, a line each, and sets exit code 3 where an input could not be used at all. */
export function noteInputs({ inputs }: EngineReport, { streams, exit }: CommandContext, { quiet, filter }: NoteOptions): void {
  const isFilterIdle = filter !== undefined && inputs.some(({ kind }) => kind === 'text') && inputs.every(({ kind }) => kind !== 'capture')
  if (isFilterIdle && !quiet) streams.note('tapistry: --filter applies to captures only, and none is among the inputs: they are read whole')
  for (const input of inputs) {
    const name = printable(input.name)
    if (input.problem !== null) {
      streams.note(`tapistry: ${name}: ${printable(reasonOf(input.name, input.problem.message))}`)
      exit(3)
    } else if (input.countsAs !== null && !quiet) streams.note(`tapistry: ${name}: ${printable(copyOf(input.countsAs))}`)
    else if (input.cutAt !== null && !quiet) streams.note(`tapistry: ${name}: cut at byte ${input.cutAt}, what was before it is used`)
    if (input.malformed > 0 && input.packets > 0 && !quiet) streams.note(`tapistry: ${name}: ${damage(input)}, the others are used`)
    const rejected = Object.entries(input.rejected)
    if (rejected.length === 0 || quiet) continue
    const reasons = rejected.map(([reason, { count, firstLine }]) => `${grouped(count)} ${printable(reason)} (first at line ${firstLine})`)
    streams.note(`tapistry: ${name}: lines that are no exchange: ${reasons.join(', ')}`)
  }
}

type NoteOptions = Pick<GlobalOptions, 'quiet'> & Pick<InputOptions, 'filter'>

/** The inputs as reports show them. */
export function inputNotes({ inputs }: EngineReport): InputNote[] {
  return inputs.map((input) => ({
    name: input.name,
    kind: input.countsAs === null ? (input.format ?? input.kind) : 'copy',
    exchanges: input.exchanges,
    problem: problemOf(input),
  }))
}

function problemOf(input: InputReport): string | null {
  if (input.problem !== null) return reasonOf(input.name, input.problem.message)
  if (input.countsAs !== null) return copyOf(input.countsAs)
  if (input.cutAt !== null) return `cut at byte ${input.cutAt}`
  return input.malformed === 0 ? null : damage(input)
}

/** The engine's messages are whole sentences, `traffic.pcap is empty`: beside the name they need it no more. */
function reasonOf(name: string, message: string): string {
  return message.startsWith(`${name} `) ? message.slice(name.length + 1) : message
}

function damage({ malformed, malformedAt }: InputReport): string {
  return `${counted(malformed, 'packet')} without sense (first at byte ${malformedAt ?? 0})`
}

function copyOf(name: string): string {
  return `holds nothing that ${name} does not, and counts with that`
}
