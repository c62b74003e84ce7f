import { withExamples, type CliCommand } from './command.ts'
import { addInputOptions } from './engine_options.ts'
import { addScanOptions, type ScanOptions } from './scan_options.ts'

export const command: CliCommand = {
  configure(command, context) {
    command.argument('<input...>', 'captures, access logs, HAR or NDJSON; folders and globs; - for standard input')
    addScanOptions(command)
    addInputOptions(command)
    withExamples(command, [
      ['a capture, compared with its specs', 'tapistry scan traffic.pcap --spec specs/'],
      ['an access log whose lines name no host', 'tapistry scan access.log --host shop.example.com'],
      ['a gate in a pipeline', 'tapistry scan traffic.pcap --spec openapi.yaml --fail-on shadow,undocumented,critical'],
      ['day by day into one inventory', 'tapistry scan monday.pcap --data-dir ./tapistry-data'],
    ])
    command.action(async (inputs: string[]) => {
      // Help and wrong usage need none of what follows.
      const { scan } = await import('./run_scan.ts')
      await scan(inputs, command.optsWithGlobals<ScanOptions>(), context)
    })
  },
}
