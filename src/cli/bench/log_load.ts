import { closeSync, openSync, writeSync } from 'node:fs'

import { seeded, type Between } from './random.ts'
import { loadCall } from './traffic.ts'

/** The line with this number, with its line feed. */
export type LogLine = (between: Between, index: number) => string

/** Writes a log of at least `bytesMin` bytes to `path`. The same bytes for the same arguments. */
export function writeLog(path: string, bytesMin: number, line: LogLine): { readonly bytes: number; readonly lines: number } {
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

/** As nginx and Apache write it by default. */
export function combinedLine(between: Between, index: number): string {
  const { method, target, status } = loadCall(between)
  return `198.51.100.${between(1, 250)} - - [02/Mar/2026:09:${clock(index)} +0000] "${method} ${target} HTTP/1.1" ${status} ${between(90, 20_000)} "-" "${agent(between)}"\n`
}

/** The same with a host before it, as Apache writes it where it serves many: of 240 services. */
export function hostsLine(between: Between, index: number): string {
  const { host, method, target, status } = loadCall(between)
  return `${between(1, 40)}.${host}:443 198.51.100.${between(1, 250)} - - [02/Mar/2026:09:${clock(index)} +0000] "${method} ${target} HTTP/1.1" ${status} ${between(90, 20_000)} "-" "${agent(between)}"\n`
}

/** As nginx writes it where it is told to; each names its host. */
export function jsonLine(between: Between, index: number): string {
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
