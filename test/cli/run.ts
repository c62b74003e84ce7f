import { exitCodeOf, TapistryError } from '../../src/base/errors.ts'
import { runCli } from '../../src/cli/program.ts'
import type { Streams } from '../../src/cli/streams.ts'

export interface Run {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, as `bin/tapistry` would. */
export async function run(
  argv: readonly string[],
  surroundings: Partial<Pick<Streams, 'env' | 'cwd' | 'columns' | 'outIsTty' | 'errIsTty'>> = {},
): Promise<Run> {
  const out: Buffer[] = []
  let err = ''
  const streams: Streams = {
    out: (text) => {
      out.push(Buffer.from(text))
      return Promise.resolve()
    },
    note: (line) => {
      err += `${line}\n`
    },
    paint: (text) => {
      err += text
    },
    outIsTty: false,
    errIsTty: false,
    columns: null,
    env: {},
    cwd: process.cwd(),
    ...surroundings,
  }
  try {
    const exitCode = await runCli(argv, streams)
    return { exitCode, out: Buffer.concat(out).toString(), err }
  } catch (thrown) {
    const lines = thrown instanceof TapistryError ? thrown.lines : [String(thrown)]
    return { exitCode: exitCodeOf(thrown), out: Buffer.concat(out).toString(), err: err + lines.map((line) => `tapistry: ${line}\n`).join('') }
  }
}
