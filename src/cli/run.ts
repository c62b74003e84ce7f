import { Option } from 'commander'

import { withExamples, type CliCommand, type GlobalOptions } from './command.ts'
import { dataFolderName } from './data_folder_name.ts'

/** Options of `run` as the command line gives them. */
export interface RunOptions extends GlobalOptions {
  readonly config?: string
  readonly interface?: readonly string[]
  readonly file?: readonly string[]
  readonly host?: string
  readonly filter?: string
  readonly spec?: readonly string[]
  readonly descriptors?: readonly string[]
  readonly dataDir?: string
  readonly listen?: string
  readonly logFormat?: 'json' | 'terminal'
}

export const command: CliCommand = {
  configure(command, context) {
    command
      .option('--config <file>', 'the configuration (default: tapistry.yaml in this folder, where it exists)')
      .option('--interface <name...>', 'capture from network interfaces (needs CAP_NET_RAW)')
      .option('--file <path...>', 'follow access logs, or read captures: files, folders, globs')
      .option('--host <name>', 'the service, for logs of --file whose lines name none')
      .option('--filter <bpf>', 'use only packets that match, in tcpdump syntax (needs libpcap); for --interface and captures of --file')
      .option('--spec <path...>', 'OpenAPI documents to compare with: files, folders, globs')
      .option('--descriptors <file...>', 'names of fields of gRPC: what protoc --descriptor_set_out or buf build has made of .proto files')
      .option('--data-dir <folder>', 'where everything is kept (default: ./tapistry-data)', dataFolderName)
      .option('--listen <address>', 'address and port of REST (default: 127.0.0.1:7411)')
      .addOption(new Option('--log-format <name>', 'how to write the log on standard error (default: terminal where it is one)').choices(['json', 'terminal']))
    withExamples(command, [
      ['a SPAN port', 'tapistry run --interface eth1 --filter "tcp port 80"'],
      ['an access log, from its beginning and as it grows', 'tapistry run --file /var/log/nginx/access.log --host shop.example.com'],
      ['everything from one file', 'tapistry run --config /etc/tapistry/tapistry.yaml'],
      ['what it has found', 'curl -s http://127.0.0.1:7411/api/v1/endpoints?label=shadow'],
    ])
    command.action(async () => {
      const { runDaemon } = await import('./run_daemon.ts')
      await runDaemon(command.optsWithGlobals<RunOptions>(), context)
    })
  },
}
