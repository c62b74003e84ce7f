import { grouped, printable } from '../output/text.ts'
import type { InputNote } from '../output/report.ts'
import type { EngineReport } from '../source/native.ts'
import type { CommandContext } from './command.ts'

/** Says on standard error what could not be read, a line each, and sets exit code 3 where an input could not be used at all. */
export function noteInputs({ inputs }: EngineReport, { streams, exit }: CommandContext, quiet: boolean): void {
  for (const input of inputs) {
    const name = printable(input.name)
    if (input.problem !== null) {
      streams.note(`tapistry: ${name}: ${printable(reasonOf(input.name, input.problem.message))}`)
      exit(3)
    } else if (input.cutAt !== null && !quiet) streams.note(`tapistry: ${name}: cut at byte ${input.cutAt}, what was before it is used`)
    const rejected = Object.entries(input.rejected)
    if (rejected.length === 0 || quiet) continue
    const reasons = rejected.map(([reason, { count, firstLine }]) => `${grouped(count)} ${printable(reason)} (first at line ${firstLine})`)
    streams.note(`tapistry: ${name}: lines that are no exchange: ${reasons.join(', ')}`)
  }
}

/** The inputs as reports show them. */
export function inputNotes({ inputs }: EngineReport): InputNote[] {
  return inputs.map((input) => ({
    name: input.name,
    kind: input.format ?? input.kind,
    exchanges: input.exchanges,
    problem: input.problem === null ? (input.cutAt === null ? null : `cut at byte ${input.cutAt}`) : reasonOf(input.name, input.problem.message),
  }))
}

/** The engine's messages are whole sentences, `traffic.pcap is empty`: beside the name they need it no more. */
function reasonOf(name: string, message: string): string {
  return message.startsWith(`${name} `) ? message.slice(name.length + 1) : message
}
