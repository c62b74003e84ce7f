import { Argument, Option } from 'commander'

import { TapistryError } from '../base/errors.ts'
import { benches, type BenchLine } from './bench/benches.ts'
import { withExamples, type CliCommand } from './command.ts'

export const command: CliCommand = {
  configure(command, context) {
    command
      .addArgument(new Argument('[name]', 'which measurement; all, or no name, for all of them').choices([...names, 'all']).argParser((name: string) => name))
      .option('--list', 'name the measurements and what they measure', false)
      .option('--smoke', 'the smallest size: shows that the measurement works, says nothing about speed', false)
      .addOption(new Option('--size <mib>', 'mebibytes of each load that is made').argParser(mebibytes).default(32))
      .addOption(new Option('--exchanges <millions>', 'of the day of soak; 100 take about ten minutes and 1 GB of disk').argParser(millions).default(2))
      .addOption(new Option('--seconds <count>', 'for which the daemon of api is asked').argParser(wholeSeconds).default(30))
    withExamples(command, [
      ['what can be measured', 'tapistry bench --list'],
      ['how long the start takes', 'tapistry bench startup'],
      ['a day of 100 million exchanges', 'tapistry bench soak --exchanges 100'],
      ['captures of half a gibibyte', 'tapistry bench capture --size 512'],
    ])
    command.action(async (name: string | undefined, options: { list: boolean; smoke: boolean; size: number; exchanges: number; seconds: number }) => {
      const { streams } = context
      if (options.list) {
        for (const bench of benches) await streams.out(`${bench.name.padEnd(12)} ${bench.summary}\n`)
        return
      }
      const chosen = name === undefined || name === 'all' ? benches : benches.filter((bench) => bench.name === name)
      if (chosen.length === 0) {
        throw new TapistryError('USAGE', `no measurement is called ${name}: choose one of ${names.join(', ')}`)
      }
      const [{ machineName }, { commitName }] = await Promise.all([import('./bench/machine.ts'), import('./bench/commit.ts')])
      const measured = { machine: machineName(), commit: commitName() }
      const loadBytes = options.smoke ? smokeBytes : options.size * 1024 * 1024
      const exchanges = options.smoke ? smokeExchanges : options.exchanges * 1_000_000
      for (const bench of chosen) {
        const { run } = await bench.load()
        for await (const line of run({ smoke: options.smoke, loadBytes, exchanges, seconds: options.seconds })) {
          await streams.out(`${JSON.stringify({ bench: bench.name, ...measured, ...line } satisfies BenchLine)}\n`)
        }
      }
    })
  },
}

const names = benches.map(({ name }) => name)

const smokeBytes = 512 * 1024
const smokeExchanges = 20_000
const sizeMibMax = 16_384
const millionsMax = 10_000
const secondsMax = 86_400

function mebibytes(text: string): number {
  const size = Number(text)
  if (Number.isInteger(size) && size >= 1 && size <= sizeMibMax) return size
  throw new TapistryError('USAGE', `--size ${text}: whole mebibytes from 1 to ${sizeMibMax} are expected`)
}

function millions(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= millionsMax) return count
  throw new TapistryError('USAGE', `--exchanges ${text}: whole millions from 1 to ${millionsMax} are expected`)
}

function wholeSeconds(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= secondsMax) return count
  throw new TapistryError('USAGE', `--seconds ${text}: whole seconds from 1 to ${secondsMax} are expected`)
}
