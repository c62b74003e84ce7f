import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { packageFolder } from '../../src/base/version.ts'
import { until } from './until.ts'

/** `bin/tapistry run` in a process of its own. */
export interface DaemonProcess {
  readonly pid: number
  /** Where REST is, once it says so. Throws where the process ends before. */
  address(): Promise<string>
  /** The answer to a request for this path, once it is up. */
  get(path: string, options?: RequestInit): Promise<Response>
  /** The same, decoded. */
  json<T>(path: string): Promise<T>
  signal(name: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** What it has said on standard error, as it is. */
  said(): string
  /** The lines of its log. */
  log(): readonly LogLine[]
  /** The first line of its log with such a message that is not among the first `after`. */
  says(message: RegExp, after?: number): Promise<LogLine>
}

type LogLine = Readonly<Record<string, string | number>> & { readonly level: string; readonly message: string }

export interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Words that start it: `ip netns exec NAME`. */
  readonly before?: readonly string[]
}

/** Starts the daemon with these options on a port that the system chooses, where none is named. */
export function launchDaemon(argv: readonly string[], { env = {}, cwd, before = [] }: LaunchOptions = {}): DaemonProcess {
  const listen = argv.includes('--listen') || argv.includes('--config') ? [] : ['--listen', '127.0.0.1:0']
  const [program = '', ...words] = [...before, join(packageFolder, 'bin', 'tapistry'), 'run', ...argv, ...listen]
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env }, ...(cwd === undefined ? {} : { cwd }) })
  children.add(child)
  let said = ''
  let end: number | NodeJS.Signals | null = null
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(([code, signal]) => {
    children.delete(child)
    end = code ?? signal ?? 0
    return end
  })
  const log = (): LogLine[] =>
    said
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine)
  const says = async (message: RegExp, after = 0): Promise<LogLine> => {
    const look = (): LogLine | null =>
      log()
        .slice(after)
        .find((line) => message.test(line.message)) ?? null
    return until(
      () => {
        const found = look()
        if (found === null && end !== null) throw new Error(`it ended with ${end} and never said ${String(message)}: ${said}`)
        return found
      },
      () => `${String(message)} in ${said}`,
    )
  }
  const address = async (): Promise<string> => String((await says(/^Tapistry runs$/))['address'])
  const get = async (path: string, options?: RequestInit): Promise<Response> => fetch(`${await address()}${path}`, options)
  return {
    pid: child.pid ?? 0,
    address,
    get,
    json: async <T>(path: string) => (await (await get(path)).json()) as T,
    signal: (name) => void child.kill(name),
    ended,
    said: () => said,
    log,
    says,
  }
}

/** Ends what a test has left running. */
export function killDaemons(): void {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
}

const children = new Set<ChildProcess>()
