import { counted, grouped, printable } from '../output/text.ts'
import type { InputNote } from '../output/report.ts'
import type { EngineReport, InputReport } from '../source/native.ts'
import type { CommandContext } from './command.ts'

/** Says on standard error what could not be read, a line each, and sets exit code 3 where an input could not be used at all. */
export function noteInputs({ inputs }: EngineReport, { streams, exit }: CommandContext, quiet: boolean): void {
  for (const input of inputs) {
    const name = printable(input.name)
    if (input.problem !== null) {
      streams.note(`tapistry: ${name}: ${printable(input.problem.message)}`)
      exit(3)
    } else if (input.cutAt !== null && !quiet) streams.note(`tapistry: ${name}: cut at byte ${input.cutAt}, what was before it is used`)
    if (input.malformed > 0 && input.packets > 0 && !quiet) streams.note(`tapistry: ${name}: ${damage(input)}, the others are used`)
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
    problem: input.problem?.message ?? (input.cutAt === null ? null : `cut at byte ${input.cutAt}`) ?? (input.malformed === 0 ? null : damage(input)),
  }))
}

function damage({ malformed, malformedAt }: InputReport): string {
  return `${counted(malformed, 'packet')} without sense (first at byte ${malformedAt ?? 0})`
}
