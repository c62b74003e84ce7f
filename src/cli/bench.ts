import { Argument } from 'commander'

import { TapistryError } from '../base/errors.ts'
import { benches, type BenchLine } from './bench/benches.ts'
import { withExamples, type CliCommand } from './command.ts'

export const command: CliCommand = {
  configure(command, context) {
    command
      .addArgument(new Argument('[name]', 'which measurement; all of them without a name'))
      .option('--list', 'name the measurements and what they measure', false)
      .option('--smoke', 'the smallest size: shows that the measurement works, says nothing about speed', false)
    withExamples(command, [
      ['what can be measured', 'tapistry bench --list'],
      ['how long the start takes', 'tapistry bench startup'],
    ])
    command.action(async (name: string | undefined, options: { list: boolean; smoke: boolean }) => {
      const { streams } = context
      if (options.list) {
        for (const bench of benches) await streams.out(`${bench.name.padEnd(12)} ${bench.summary}\n`)
        return
      }
      const chosen = name === undefined ? benches : benches.filter((bench) => bench.name === name)
      if (chosen.length === 0) {
        throw new TapistryError('USAGE', `no measurement is called ${name}: choose one of ${benches.map((bench) => bench.name).join(', ')}`)
      }
      const { machineName } = await import('./bench/machine.ts')
      for (const bench of chosen) {
        const { run } = await bench.load()
        for await (const line of run({ smoke: options.smoke })) {
          await streams.out(
            `${JSON.stringify({ bench: bench.name, machine: machineName(), ...line } satisfies BenchLine & { bench: string; machine: string })}\n`,
          )
        }
      }
    })
  },
}
