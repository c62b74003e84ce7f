import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { run } from '../cli/run.ts'
import { leakSearch, type Leak } from './leaks.ts'
import { plantedSecrets } from './planted_secrets.ts'
import { asCapture, asCombinedLog, asHar, asJsonLog, asNdjson, plantedTraffic, type Plant } from './planted_traffic.ts'

const brokenSecrets = 400
const { exchanges, plants: inMessages } = plantedTraffic(plantedSecrets(10_000 - brokenSecrets))
const broken = plantedSecrets(10_000).slice(-brokenSecrets)
const plants: readonly Plant[] = [...inMessages, ...broken.map((secret) => ({ secret, place: 'broken message', form: 'raw' }))]
const search = leakSearch(plants)

let folder = ''
const input = (name: string): string => join(folder, name)
const inputs = ['traffic.pcap', 'exchanges.ndjson', 'traffic.har', 'combined.log', 'json.log']

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-privacy-'))
  writeFileSync(
    input('traffic.pcap'),
    asCapture(
      exchanges,
      broken.map(({ text }, index) => brokenMessages[index % brokenMessages.length]?.(text) ?? ''),
    ),
  )
  const texts = broken.map(({ text }) => text)
  writeFileSync(input('exchanges.ndjson'), asNdjson(exchanges, texts))
  writeFileSync(input('traffic.har'), asHar(exchanges))
  writeFileSync(input('combined.log'), asCombinedLog(exchanges, texts))
  writeFileSync(input('json.log'), asJsonLog(exchanges, texts))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const brokenMessages: ReadonlyArray<(text: string) => string> = [
  (text) => `${text} /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n`,
  (text) => `GET / HTTP/1.1\r\nHost: api.example.com\r\n${text}\r\n\r\n`,
  (text) => `GET / HTTP/1.1 ${text}\r\nHost: api.example.com\r\n\r\n`,
  (text) => `POST /x HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n\r\n${text}\r\n`,
  (text) => `POST /x HTTP/1.1\r\nHost: api.example.com\r\nTransfer-Encoding: chunked\r\n\r\n1;${text}=${text}\r\nx\r\n0\r\nTrailer-${text}: ${text}\r\n\r\n`,
  (text) => `POST /x HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: ${text}\r\nContent-Encoding: ${text}\r\n\r\n`,
  (text) => `GET / HTTP/1.1\r\nHost: ${text}/@\r\nX-A: 1\r\n ${text}\r\n\r\n`,
  (text) => `${text}\r\n\r\n`,
  (text) => `POST /x HTTP/1.1\r\nHost: api.example.com\r\nContent-Type: application/${text}\r\nContent-Length: 2\r\n\r\n{}`,
  (text) => `POST /x HTTP/1.1\r\nHost: api.example.com\r\nContent-Type: application/json\r\nContent-Length: ${text.length + 2}\r\n\r\n{"${text}`,
]

test('the search finds what is there, in every form', () => {
  const plant = plants.find(({ secret }) => secret.shape === 'base62')
  const number = plants.find(({ secret }) => secret.isNumeric)
  if (plant === undefined || number === undefined) throw new Error('nothing is planted')
  const { text } = plant.secret
  const percent = [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('')
  const float = Buffer.alloc(9)
  float.writeDoubleLE(Number(number.secret.text))
  for (const form of [
    text,
    text.toUpperCase(),
    `x${text.slice(2, 15)}y`,
    percent,
    Buffer.from(`k=${text}`).toString('base64'),
    Buffer.from(text).toString('hex'),
  ]) {
    expect(
      search(Buffer.from(`"${form}"`)).map((leak) => leak.plant),
      form,
    ).toContain(plant)
  }
  expect(search(float).map((leak) => leak.plant)).toContain(number)
  expect(search(Buffer.from('GET /users/{userId}/cards answered 200'))).toEqual([])
})

test.each(['table', 'json', 'ndjson', 'csv', 'html', 'sarif', 'openapi'])('scan --format %s shows nothing of them', async (format) => {
  for (const name of [...inputs.map((name) => [name]), inputs]) {
    const target = join(folder, `out-${format}`)
    const { exitCode, out, err } = await run([
      'scan',
      ...name.map(input),
      '--host',
      'logs.example.com',
      '--format',
      format,
      '--log-level',
      'debug',
      ...(format === 'openapi' ? ['-o', target] : []),
    ])
    expect([0, 3], err).toContain(exitCode)
    expect(shown(out), `${name.join()} on standard output`).toEqual([])
    expect(shown(err), `${name.join()} on standard error`).toEqual([])
    if (format === 'openapi') expect(shown(folderBytes(target)), `${name.join()} in files`).toEqual([])
    rmSync(target, { recursive: true, force: true })
  }
})

test.each(inputs)('exchanges of %s show nothing of them', async (name) => {
  for (const more of [
    ['--digests', '--summary'],
    ['--format', 'table'],
  ]) {
    const { out, err } = await run(['exchanges', input(name), '--log-level', 'debug', ...more])
    expect(out.length).toBeGreaterThan(10_000)
    expect(shown(out), more.join(' ')).toEqual([])
    expect(shown(err), more.join(' ')).toEqual([])
  }
})

test.each([...inputs.map((name) => [name]), inputs])('a data folder of %s holds nothing of them', async (...names) => {
  const data = mkdtempSync(join(folder, 'data-'))
  // A fixed key, so that every run searches the same bytes.
  writeFileSync(join(data, 'secret.key'), Buffer.alloc(16, 7))
  const { err } = await run(['scan', ...names.map(input), '--data-dir', data, '--quiet'])
  expect(err).not.toMatch(/defect|STORAGE/)
  const files = folderBytes(data)
  expect(files.length).toBeGreaterThan(50_000)
  expect(shown(files)).toEqual([])
})

function folderBytes(path: string): Uint8Array {
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'secret.key')
  return Buffer.concat(names.flatMap((entry) => [Buffer.from(`${entry.name}\n`), readFileSync(join(entry.parentPath, entry.name))]))
}

/** Leaks as lines that say what to look for: their number by place, then examples. */
function shown(bytes: string | Uint8Array): string[] {
  const buffer = Buffer.from(bytes as Uint8Array)
  const places = Map.groupBy(search(buffer), ({ plant }) => `${plant.place}: ${plant.secret.shape}`)
  return [...places].map(
    ([place, leaks]) =>
      `${leaks.length} × ${place}, such as ${leaks
        .slice(0, 2)
        .map((leak) => example(leak, buffer))
        .join(' and ')}`,
  )
}

function example({ plant, found, offset }: Leak, bytes: Buffer): string {
  const around = bytes
    .subarray(Math.max(0, offset - 30), offset + 40)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '·')
  return `${plant.form} ${plant.secret.text} (${found}) in «${around}»`
}
