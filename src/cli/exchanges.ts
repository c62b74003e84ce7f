import { Option } from 'commander'

import { exchangeTable } from '../output/exchange_table.ts'
import { withExamples, type CliCommand, type GlobalOptions } from './command.ts'
import { addInputOptions, engineOptions, type InputOptions } from './engine_options.ts'
import { noteInputs } from './input_notes.ts'
import { startProgress } from './progress.ts'
import { openResult } from './result.ts'
import { startEngine } from './running.ts'
import { wantsColor } from './streams.ts'

interface ExchangesOptions extends InputOptions, GlobalOptions {
  readonly format: 'ndjson' | 'table'
  readonly digests: boolean
  readonly summary: boolean
  readonly output?: string
}

export const command: CliCommand = {
  configure(command, context) {
    command
      .argument('<input...>', 'captures, access logs, HAR or NDJSON; folders and globs; - for standard input')
      .addOption(new Option('--format <name>', 'how to print').choices(['ndjson', 'table']).default('ndjson'))
      .option('--digests', 'add hashes of targets and bodies, to compare with other tools', false)
      .option('--summary', 'end with a line of all counters', false)
      .option('-o, --output <file>', 'write here instead of standard output')
    addInputOptions(command)
    withExamples(command, [
      ['what a capture holds', 'tapistry exchanges traffic.pcap --format table'],
      ['of one client alone', "tapistry exchanges traffic.pcap --filter 'host 10.0.0.7'"],
      ['for other programs', 'tapistry exchanges traffic.pcap | jq -r .request.path'],
    ])
    command.action(async (inputs: string[]) => {
      const options = command.optsWithGlobals<ExchangesOptions>()
      const { streams } = context
      const engine = await startEngine(
        { ...engineOptions(inputs, options), mode: 'exchanges', digests: options.digests },
        (line) => options.quiet || streams.note(line),
      )
      const sink = openResult(options.output ?? null, streams)
      const progress = startProgress('reading', streams, options.quiet || streams.outIsTty)
      try {
        const table = options.format === 'table' ? exchangeTable({ color: wantsColor(streams), columns: streams.columns ?? 100 }) : null
        const write = (lines: Uint8Array): Promise<void> => sink.write(table === null ? lines : table.rows(lines))
        for (let lines = await engine.next(); lines !== null; lines = await engine.next()) {
          await write(lines)
          progress.update(() => engine.progress())
        }
        if (options.summary) await write(Buffer.from(`${JSON.stringify({ summary: engine.counters() })}\n`))
        if (table !== null) await sink.write(table.end())
        await sink.finish()
      } catch (thrown) {
        sink.abandon()
        throw thrown
      } finally {
        progress.clear()
        engine.stop()
      }
      noteInputs(engine.report(), context, options)
    })
  },
}
