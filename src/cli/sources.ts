import { Option } from 'commander'

import { systemCode, TapistryError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { SourceStatus } from '../source/source.ts'
import { withExamples, type CliCommand } from './command.ts'
import { writeResult } from './result.ts'
import { serverTokenFields, withServerToken, type ServerTokenOptions } from './server_token.ts'

interface SourcesOptions extends ServerTokenOptions {
  readonly server: string
  readonly format: 'table' | 'json'
  readonly output?: string
}

export const command: CliCommand = {
  configure(command, { streams }) {
    withServerToken(command)
      .addOption(new Option('--server <url>', 'the daemon that is asked').env('TAPISTRY_URL').default('http://127.0.0.1:7411'))
      .addOption(new Option('--format <name>', 'how to print').choices(['table', 'json']).default('table'))
      .option('-o, --output <file>', 'write to a file, whole or not at all')
    withExamples(command, [
      ['what the daemon of this machine reads, and how far it is', 'tapistry sources'],
      ['for a script', 'tapistry sources --format json'],
    ])
    command.action(async () => {
      const { server, format, output, ...token } = command.optsWithGlobals<SourcesOptions>()
      const sources = await sourcesOf(server, serverTokenFields(token, streams))
      await writeResult(output ?? null, format === 'json' ? `${JSON.stringify({ items: sources }, null, 2)}\n` : tableOf(sources), streams)
    })
  },
}

async function sourcesOf(server: string, headers: Readonly<Record<string, string>>): Promise<readonly SourceStatus[]> {
  if (!URL.canParse(server)) throw new TapistryError('USAGE', `--server ${server}: a URL such as http://127.0.0.1:7411 is expected`)
  const sources: SourceStatus[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const url = new URL(`/api/v1/sources?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`, server)
    const answer: Response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(answerMs) }).catch((thrown: unknown) =>
      refuse(server, reasonOf(thrown)),
    )
    if (answer.status === 401 || answer.status === 403)
      throw new TapistryError('INPUT', `${server}: ${await refusalIn(answer)}; show another token with TAPISTRY_TOKEN or --token-file`)
    if (!answer.ok) refuse(server, `the answer is ${answer.status}`)
    const page = (await answer.json().catch(() => null)) as { items?: readonly SourceStatus[]; nextCursor?: string | null } | null
    if (!Array.isArray(page?.items)) return refuse(server, 'this is no daemon of Tapistry')
    sources.push(...page.items)
    cursor = page.nextCursor ?? null
  }
  return sources
}

/** What a problem of REST says. */
async function refusalIn(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => null)) as { readonly detail?: unknown } | null
  return typeof problem?.detail === 'string' ? printable(problem.detail.slice(0, 500)) : `the answer is ${answer.status}`
}

/** How long an answer may take. */
const answerMs = 30_000

function refuse(server: string, reason: string): never {
  throw new TapistryError('INPUT', `${server}: ${reason}; start the daemon with \`tapistry run\`, or name another with --server`)
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error ? systemCode(thrown.cause) : null
  return code === 'ECONNREFUSED' ? 'nobody listens there' : `no answer${code === null ? '' : ` (${code})`}`
}

/** A line for each, and one more for what is wrong with it. */
function tableOf(sources: readonly SourceStatus[]): string {
  if (sources.length === 0) return 'No source is configured.\n'
  const width = Math.max(...sources.map(({ id }) => id.length))
  return sources
    .map(({ id, state, detail, problem, retryAt }) => {
      const line = `${state.padEnd(8)}  ${printable(id).padEnd(width)}  ${printable(detail ?? '')}`.trimEnd()
      const wrong = problem === null ? '' : `\n          ${printable(problem)}${retryAt === null ? '' : `; tried again at ${retryAt}`}`
      return `${line}${wrong}\n`
    })
    .join('')
}
