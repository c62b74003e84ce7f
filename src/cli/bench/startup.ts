import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { packageFolder } from '../../base/version.ts'
import type { BenchLine, BenchOptions } from './benches.ts'

/** Wall time of whole processes, beside that of a Node which does nothing: the difference is ours. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const launcher = join(packageFolder, 'bin', 'tapistry')
  const cases: ReadonlyArray<readonly [name: string, program: string, parameters: readonly string[]]> = [
    ['bare node', process.execPath, ['-e', '0']],
    ['--version', launcher, ['--version']],
    ['--help', launcher, ['--help']],
    ['scan of the example', launcher, ['scan', '--quiet', '--format', 'json', '-o', '/dev/null', join(packageFolder, 'examples', 'shop.pcap')]],
  ]
  for (const [name, program, parameters] of cases) {
    const runs = options.smoke ? 1 : 11
    const wallMs: number[] = []
    let status: number | null = null
    for (let index = 0; index < runs; index += 1) {
      const startedMs = performance.now()
      status = spawnSync(program, parameters, { stdio: 'ignore' }).status
      wallMs.push(performance.now() - startedMs)
    }
    wallMs.sort((one, other) => one - other)
    yield { case: name, runs, exitCode: status, medianMs: rounded(wallMs[Math.floor(runs / 2)] ?? 0), smallestMs: rounded(wallMs[0] ?? 0) }
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
