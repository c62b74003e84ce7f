import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { figuresOf } from './figures.ts'
import { inLoadFolder } from './load_folder.ts'
import { measuredScan } from './measured_scan.ts'
import { seeded, type Between } from './random.ts'
import { loadCall } from './traffic.ts'

/** Access logs, file to inventory: combined lines, then JSON lines. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const cases: ReadonlyArray<readonly [name: string, line: (between: Between, index: number) => string]> = [
    ['combined', combinedLine],
    ['json', jsonLine],
  ]
  for (const [name, line] of cases) {
    yield* inLoadFolder(async function* (folder) {
      const input = join(folder, 'access.log')
      const load = writeLog(input, options.loadBytes, line)
      const cost = await measuredScan(input, join(folder, 'inventory.json'), options.smoke ? 1 : 3)
      yield {
        case: name,
        loadBytes: load.bytes,
        lines: load.lines,
        allCounted: cost.exchanges === load.lines,
        linesPerCpuSecond: Math.round(load.lines / cost.cpuSeconds),
        ...figuresOf(cost),
      }
    })
  }
}

function writeLog(path: string, bytesMin: number, line: (between: Between, index: number) => string): { readonly bytes: number; readonly lines: number } {
  const between = seeded(2)
  const file = openSync(path, 'w')
  let [bytes, lines] = [0, 0]
  while (bytes < bytesMin) {
    let text = ''
    for (let count = 0; count < 4096; count += 1) text += line(between, lines + count)
    lines += 4096
    bytes += writeSync(file, text)
  }
  closeSync(file)
  return { bytes, lines }
}

function combinedLine(between: Between, index: number): string {
  const { method, target, status } = loadCall(between)
  return `198.51.100.${between(1, 250)} - - [02/Mar/2026:09:${clock(index)} +0000] "${method} ${target} HTTP/1.1" ${status} ${between(90, 20_000)} "-" "${agent(between)}"\n`
}

function jsonLine(between: Between, index: number): string {
  const { host, method, target, status } = loadCall(between)
  return (
    `{"time":"2026-03-02T09:${clock(index)}+00:00","remote_addr":"198.51.100.${between(1, 250)}","method":"${method}","host":"${host}","uri":"${target}","protocol":"HTTP/1.1",` +
    `"status":${status},"body_bytes_sent":${between(90, 20_000)},"request_time":0.${between(100, 999)},"http_user_agent":"${agent(between)}","content_type":"application/json"}\n`
  )
}

/** Minutes and seconds: a second passes each 700 lines, and the hour begins again where it is over. */
function clock(index: number): string {
  const second = Math.floor(index / 700) % 3600
  return `${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
}

function agent(between: Between): string {
  return ['Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0', 'okhttp/5.0.0', 'curl/8.9.1'][between(0, 2)] ?? ''
}
