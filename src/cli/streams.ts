import { systemCode, systemReason, TapistryError } from '../base/errors.ts'

/**
 * Where a command reads its surroundings and writes its words. A parameter of every command, so that tests run commands
 * in their own process with buffers in place of the terminal.
 */
export interface Streams {
  /** Resolves when the text was taken; after the reader has gone (EPIPE) it resolves and drops. */
  out(text: string | Uint8Array): Promise<void>
  /** One line for people on standard error; the line end is added. */
  note(line: string): void
  /** Text on standard error as it is: progress. */
  paint(text: string): void
  readonly outIsTty: boolean
  readonly errIsTty: boolean
  /** Width of the terminal, null where standard output is none. */
  readonly columns: number | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** The streams of this process. */
export function processStreams(): Streams {
  let readerGone = false
  // The callback of each write reports the error; without a listener the event would end the process.
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  return {
    out: (text) =>
      new Promise((resolve, reject) => {
        if (readerGone || text.length === 0) return resolve()
        process.stdout.write(text, (error) => {
          if (error === null || error === undefined) return resolve()
          if (systemCode(error) !== 'EPIPE')
            return reject(new TapistryError('OUTPUT', `cannot write to standard output: ${systemReason(error)}`, { cause: error }))
          readerGone = true
          resolve()
        })
      }),
    note: (line) => void process.stderr.write(`${line}\n`),
    paint: (text) => void process.stderr.write(text),
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    columns: process.stdout.isTTY === true ? process.stdout.columns : null,
    env: process.env,
    cwd: process.cwd(),
  }
}

/** Colour only where a person looks: a terminal, no `NO_COLOR` (no-color.org: present and not empty), no `TERM=dumb`. */
export function wantsColor(streams: Streams): boolean {
  const { NO_COLOR: noColor, TERM: terminal } = streams.env
  return streams.outIsTty && (noColor === undefined || noColor === '') && terminal !== 'dumb'
}
