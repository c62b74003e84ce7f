import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { packageFolder } from '../base/version.ts'
import { paintWith } from '../output/text.ts'
import { withExamples, type CliCommand, type GlobalOptions } from './command.ts'
import { wantsColor } from './streams.ts'

export const command: CliCommand = {
  configure(command, context) {
    withExamples(command, [['a capture and a log of an invented shop, compared with two OpenAPI documents', 'tapistry demo']])
    command.action(async () => {
      const { quiet, logLevel } = command.optsWithGlobals<GlobalOptions>()
      const { streams } = context
      const { scan } = await import('./run_scan.ts')
      const folder = mkdtempSync(join(tmpdir(), 'tapistry-demo-'))
      try {
        // A copy, so that nothing of the example can be changed and its names are short in the report.
        for (const name of exampleNames) cpSync(join(packageFolder, 'examples', name), join(folder, name))
        await scan(
          ['shop.pcap', 'shop-access.log'].map((name) => join(folder, name)),
          {
            quiet,
            logLevel,
            format: 'table',
            again: false,
            inputFormat: 'auto',
            host: 'shop.example.com',
            spec: ['shop.yaml', 'payments.json'].map((name) => join(folder, name)),
          },
          context,
        )
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      await streams.out(nextSteps(paintWith(wantsColor(streams))))
    })
  },
}

const exampleNames = ['shop.pcap', 'shop-access.log', 'shop.yaml', 'payments.json'] as const

function nextSteps(paint: ReturnType<typeof paintWith>): string {
  const examples = join(packageFolder, 'examples')
  const steps: ReadonlyArray<readonly [line: string, purpose: string]> = [
    ['tapistry scan YOUR.pcap --spec openapi.yaml', 'the same for your own traffic'],
    ['tapistry scan access.log --host api.example.com', 'an access log will do'],
    [`tapistry scan ${join(examples, 'shop.pcap')} --format html -o shop.html`, 'a page to pass on; also json, csv, sarif, openapi'],
    [`tapistry exchanges ${join(examples, 'shop.pcap')} --format table`, 'every exchange, without its values'],
  ]
  return `\n${paint('bold', 'What to try next')}\n${steps.map(([line, purpose]) => `  ${line}\n      ${paint('dim', purpose)}\n`).join('')}`
}
