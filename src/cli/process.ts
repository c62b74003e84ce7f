import { exitCodeOf, TapistryError } from '../base/errors.ts'
import { tapistryVersion } from '../base/version.ts'
import { processStreams } from './streams.ts'

/** Runs the command line of this process and ends it with its exit code: 0 to 4, or 130 after an interrupt. */
export async function runProcess(): Promise<void> {
  const streams = processStreams()
  const argv = process.argv.slice(2)
  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
      await streams.out(`${tapistryVersion()}\n`)
      process.exit(0)
    }
    leaveStdinAlone()
    const { runCli } = await import('./program.ts')
    process.exit(await runCli(argv, streams))
  } catch (thrown) {
    for (const line of linesOf(thrown)) streams.note(`tapistry: ${line}`)
    if (wantsStack(process.argv) && thrown instanceof Error) streams.note(thrown.stack ?? '')
    process.exit(exitCodeOf(thrown))
  }
}

/**
 * Whoever imports `node:process` as a module reads all of its properties, and reading `stdin` makes a pipe non-blocking: the engine, which reads
 * standard input itself, would then see "try again" as its end.
 */
function leaveStdinAlone(): void {
  Object.defineProperty(process, 'stdin', { value: undefined, configurable: true })
}

function linesOf(thrown: unknown): readonly string[] {
  if (thrown instanceof TapistryError) return thrown.lines
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return [`a defect of ours, please report it: ${what.replaceAll(/\s*[\r\n]+\s*/g, ' ')} (--log-level debug shows where)`]
}

/** A stack is for those who asked; read from the raw arguments because the failure may lie in reading them. */
function wantsStack(argv: readonly string[]): boolean {
  return argv.includes('--log-level=debug') || argv[argv.indexOf('--log-level') + 1] === 'debug'
}
