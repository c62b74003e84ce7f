import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { loadConfig } from '../../../src/config/load.ts'
import { configSchema } from '../../../src/config/options.ts'
import { masked } from '../../../src/config/secrets.ts'
import { makeSources } from '../../../src/daemon/make_sources.ts'
import { kafkaAccess } from '../../../src/daemon/kafka_options.ts'
import type { PartitionLog } from '../../../src/source/kafka/client.ts'
import { parkedIn, parkedMax, parkedWith } from '../../../src/source/kafka/parked.ts'
import { startOf } from '../../../src/source/kafka/start.ts'

const hashKey = new Uint8Array(16)
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-kafka-'))
  writeFileSync(join(folder, 'ca.pem'), 'CA')
  writeFileSync(join(folder, 'password'), 'moth\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The sources of a configuration whose only one is this. */
function configured(more: string): ReturnType<typeof loadConfig>['config'] {
  writeFileSync(join(folder, 'tapistry.yaml'), `sources:\n  - { type: kafka, brokers: ["one:9092"], topics: [gateway]${more} }\n`)
  return loadConfig('tapistry.yaml', { PASSWORD: 'loom' }, folder, { withSecrets: true }).config
}

function access(more: string): ReturnType<typeof kafkaAccess> {
  return kafkaAccess(configured(more).sources[0] ?? {}, 'sources.0', folder, hashKey)
}

describe('options of a source of Kafka', () => {
  it('say how brokers are reached', () => {
    const plain = access('')
    expect(plain).toEqual({ brokers: ['one:9092'], topics: ['gateway'], group: 'tapistry', member: plain.member })
    expect(plain.member).toMatch(/^tapistry-[0-9a-f]{16}$/)
    expect(access(', tls: true').tls).toEqual({ rejectUnauthorized: true })
    expect(access(', tls: false').tls).toBeUndefined()
    expect(access(', tls: { caFile: ca.pem }').tls).toEqual({ ca: 'CA', rejectUnauthorized: true })
    expect(access(', tls: { rejectUnauthorized: false }').tls).toEqual({ rejectUnauthorized: false })
    const sasl = { mechanism: 'scram-sha-512', username: 'u' }
    expect(access(', sasl: { mechanism: scram-sha-512, username: u, passwordFile: password }').sasl).toMatchObject({ ...sasl, password: 'moth' })
    expect(access(', sasl: { mechanism: scram-sha-512, username: u, password: "${PASSWORD}" }').sasl).toMatchObject({ ...sasl, password: 'loom' })
  })

  it('are masked where people see them', () => {
    expect(JSON.stringify(masked(configured(', sasl: { mechanism: plain, username: u, password: hidden }'), configSchema))).not.toContain('hidden')
  })

  it.each([
    [
      ', sasl: { mechanism: plain, username: u }',
      /sources\.0\.sasl: there is no password; set password to \$\{NAME\} of a variable, or passwordFile to a file/,
    ],
    [', tls: { certFile: ca.pem }', /sources\.0\.tls: certFile and keyFile belong together/],
    [', tls: { caFile: nowhere.pem }', /sources\.0\.tls\.caFile: cannot read nowhere\.pem: no such file or folder/],
    [', tls: { cafile: ca.pem }', /unknown key sources\.0\.tls\.cafile: did you mean caFile\?/],
    [', sasl: { mechanism: gssapi, username: u }', /sources\.0\.sasl\.mechanism "gssapi" must be one of plain, scram-sha-256, scram-sha-512/],
    [', readFrom: middle', /sources\.0\.readFrom "middle" must be one of beginning, end/],
  ])('are refused where they are wrong: %s', (more, words) => {
    expect(() => access(more)).toThrow(words)
  })

  it('need a group for each', () => {
    const kafka = { type: 'kafka', brokers: ['one:9092'], topics: ['gateway'], group: 'g', format: 'exchanges' }
    const context = { cwd: folder, engine: { hashKey, literals: [], words: [] }, now: Date.now, flushMs: 1_000 }
    expect(() => makeSources([kafka, { ...kafka, topics: ['other'] }], context)).toThrow(
      'sources.1: kafka:g is there twice; give each source of Kafka a group of its own',
    )
  })
})

describe('where a partition starts', () => {
  const log: PartitionLog = { topic: 'gateway', partition: 0, topicId: 'a', start: 10n, end: 20n }
  it.each([
    ['never read', null, 10n, null],
    ['read within', { offset: '15', topicId: 'a' }, 15n, null],
    ['read to its end', { offset: '20', topicId: 'a' }, 20n, null],
    ['deleted before it was read', { offset: '3', topicId: 'a' }, 10n, { reason: 'deleted', from: 3n, through: 9n }],
    ['another of the same name', { offset: '15', topicId: 'b' }, 10n, { reason: 'recreated', from: 15n, through: null }],
    ['another, shorter, without identity', { offset: '25', topicId: null }, 10n, { reason: 'recreated', from: 25n, through: null }],
    ['cut at its end', { offset: '25', topicId: 'a' }, 20n, { reason: 'truncated', from: 20n, through: 24n }],
  ] as const)('%s', (_, position, offset, surprise) => {
    expect(startOf(log, position, 'beginning')).toEqual({ offset, surprise })
  })
  it('never read, from its end', () => expect(startOf(log, null, 'end').offset).toBe(20n))
})

it('remembers the latest that were parked, and no more than so many', () => {
  const one = (offset: number) => ({ topic: 'gateway', partition: 0, offset: String(offset), reason: 'empty', atMs: 0 })
  const all = parkedWith(
    Array.from({ length: parkedMax }, (_, index) => one(index)),
    [one(parkedMax)],
  )
  expect([all.length, all[0]?.offset, all.at(-1)?.offset]).toEqual([parkedMax, '1', String(parkedMax)])
  expect(parkedIn(undefined)).toEqual([])
})
