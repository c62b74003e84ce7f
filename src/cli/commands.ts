import type { CliCommand } from './command.ts'

/**
 * Every command with the line that `--help` shows. A command's file is loaded only when the command line names it, which
 * keeps the start short; adding a command is its file and a row here.
 */
export const commands: readonly CommandRow[] = [
  { name: 'scan', summary: 'read captures and logs to their end and print the inventory', load: async () => (await import('./scan.ts')).command },
  { name: 'run', summary: 'watch traffic and logs until it is stopped, and serve the inventory', load: async () => (await import('./run.ts')).command },
  { name: 'sources', summary: 'say what a daemon reads, and how it is doing', load: async () => (await import('./sources.ts')).command },
  { name: 'exchanges', summary: 'print one line for each exchange', load: async () => (await import('./exchanges.ts')).command },
  { name: 'match', summary: 'say which endpoint a request belongs to, and why', load: async () => (await import('./match.ts')).command },
  { name: 'export', summary: 'write documents from an inventory', load: async () => (await import('./export.ts')).command },
  { name: 'report', summary: 'answer what those who carry the risk ask', load: async () => (await import('./report.ts')).command },
  { name: 'spec', summary: 'check and read API specs', load: async () => (await import('./spec.ts')).command },
  { name: 'db', summary: 'check, back up, restore and prune a data folder', load: async () => (await import('./db.ts')).command },
  { name: 'alert', summary: 'test channels, and see what could not be delivered', load: async () => (await import('./alert.ts')).command },
  { name: 'token', summary: 'make, list and revoke tokens of the API', load: async () => (await import('./token.ts')).command },
  { name: 'config', summary: 'check and show the configuration', load: async () => (await import('./config.ts')).command },
  { name: 'completion', summary: 'print the completion script of a shell', load: async () => (await import('./completion.ts')).command },
  { name: 'demo', summary: 'scan the shipped example, end to end', load: async () => (await import('./demo.ts')).command },
  { name: 'bench', summary: 'run the measurements, one JSON object a line', load: async () => (await import('./bench.ts')).command },
]

/** A command as the program knows it before its file is loaded. */
export interface CommandRow {
  readonly name: string
  readonly summary: string
  load(): Promise<CliCommand>
}
