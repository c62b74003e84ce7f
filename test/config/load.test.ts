import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { loadConfig } from '../../src/config/load.ts'
import { retentionOf } from '../../src/config/retention.ts'
import { nearestName } from '../../src/config/nearest.ts'
import { configSchema } from '../../src/config/options.ts'
import { masked } from '../../src/config/secrets.ts'
import type { SchemaNode } from '../../src/config/schema_at.ts'
import { durationMs, sizeBytes } from '../../src/config/units.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const load = (text: string, environment: Record<string, string> = {}): ReturnType<typeof loadConfig> => {
  writeFileSync(join(folder, 'tapistry.yaml'), text)
  return loadConfig('tapistry.yaml', environment, folder, { withSecrets: true })
}

const sample = `dataDir: ./tapistry-data
listen: 127.0.0.1:7411
sources:
  - { type: interface, name: eth1, filter: "tcp port 80", workers: 2 }
  - { type: pcap, path: "captures/*.pcap", follow: true }
  - { type: log, path: /var/log/nginx/access.log, format: auto, host: shop.example.com }
  - { type: syslog, listen: "127.0.0.1:5514" }
  - { type: http }
  - { type: kafka, brokers: ["127.0.0.1:9092"], topics: [gateway], group: tapistry, format: exchanges }
specs:
  - { path: "specs/*.yaml", service: api.example.com }
services:
  - { name: api.example.com, hosts: ["api.example.com", "10.0.0.2:8080"], owner: team-orders, criticality: high, exposure: external }
alerts:
  channels:
    - { name: security, type: slack, webhookUrlFile: secret, match: [{ labels: [shadow, zombie] }, { severities: [high, critical] }], groupWait: 5s, groupInterval: 5m, repeatInterval: 24h }
storage: { type: sqlite }
`

describe('loading', () => {
  test('reads every key that is documented', () => {
    writeFileSync(join(folder, 'secret'), 'https://hooks.example.com/x\n')
    const { config, warnings } = load(sample)
    expect(config.sources.map(({ type }) => type)).toEqual(['interface', 'pcap', 'log', 'syslog', 'http', 'kafka'])
    expect(config.alerts.channels[0]?.['webhookUrl']).toBe('https://hooks.example.com/x')
    expect(warnings).toEqual([])
  })

  test('an empty file, or none, gives the defaults', () => {
    expect(load('').config).toEqual(loadConfig(null, {}, folder).config)
    expect(load('# nothing\n').config.listen).toBe('127.0.0.1:7411')
  })

  test('the environment wins over the file, at any depth', () => {
    const { config } = load('listen: 127.0.0.1:1\nsources: [{ type: log, path: a.log }]\n', {
      TAPISTRY_LISTEN: '0.0.0.0:2',
      TAPISTRY_DATA_DIR: '/data',
      TAPISTRY_SOURCES__0__PATH: 'b.log',
      TAPISTRY_STORAGE__TYPE: 'postgres',
      TAPISTRY_STORAGE_URL: 'postgres://x',
      TAPISTRY_SPECS: '[{ path: specs }]',
      TAPISTRY_WORKERS: '3',
    })
    expect(config).toMatchObject({
      listen: '0.0.0.0:2',
      dataDir: '/data',
      sources: [{ type: 'log', path: 'b.log' }],
      storage: { type: 'postgres', url: 'postgres://x' },
      specs: [{ path: 'specs' }],
    })
  })

  test('a key of an object is a variable with one underscore between the words, and a list is one text', () => {
    writeFileSync(join(folder, 'secret.txt'), 'postgres://x\n')
    const { config, warnings } = load('sources: [{ type: log, path: a.log }]\n', {
      TAPISTRY_STORAGE_TYPE: 'postgres',
      TAPISTRY_STORAGE_URL_FILE: 'secret.txt',
      TAPISTRY_SOURCES_0_PATH: 'b.log',
      TAPISTRY_ALERTS_CHANNELS: '[{ name: a, type: slack }]',
    })
    expect(config).toMatchObject({ storage: { type: 'postgres', urlFile: 'secret.txt' }, sources: [{ path: 'b.log' }], alerts: { channels: [{ name: 'a' }] } })
    expect(warnings).toEqual([])
  })

  test('a variable that is nearly a key names the key', () => {
    expect(load('', { TAPISTRY_STORAGE_TPYE: 'sqlite', TAPISTRY_LISTN: 'x', TAPISTRY_X: '1' }).warnings).toEqual([
      'TAPISTRY_LISTN: no key of the configuration has this name, it is ignored: did you mean TAPISTRY_LISTEN?',
      'TAPISTRY_STORAGE_TPYE: no key of the configuration has this name, it is ignored: did you mean TAPISTRY_STORAGE_TYPE?',
      'TAPISTRY_X: no key of the configuration has this name, it is ignored',
    ])
  })

  test('a secret that cannot be read stops only what needs it', () => {
    const text = 'storage: { type: sqlite }\nalerts:\n  channels:\n    - { name: a, type: slack, webhookUrlFile: /nowhere/slack }\n'
    expect(() => load(text)).toThrow('tapistry.yaml:4:47: alerts.channels.0.webhookUrlFile: cannot read /nowhere/slack: no such file or folder')
    expect(loadConfig('tapistry.yaml', {}, folder).config.alerts.channels[0]).not.toHaveProperty('webhookUrl')
  })

  test('a variable that is no key is a warning: Kubernetes sets such names', () => {
    expect(load('', { TAPISTRY_PORT_7411_TCP: 'tcp://10.0.0.1:7411' }).warnings.join()).toContain('TAPISTRY_PORT_7411_TCP')
  })

  test('a secret may come from the environment', () => {
    const { config } = load('storage: { type: postgres, url: "${PG}" }', { PG: 'postgres://user:secret@db' })
    expect(config.storage).toEqual({ type: 'postgres', url: 'postgres://user:secret@db' })
  })
})

test.each([
  ['', {}, 400 * 24 * 3_600_000, 2 * 2 ** 30],
  ['storage: { type: sqlite, retention: { age: 90d } }', {}, 90 * 24 * 3_600_000, 2 * 2 ** 30],
  ['storage: { type: sqlite, retention: { age: 36h, size: 64MiB } }', {}, 36 * 3_600_000, 64 * 2 ** 20],
  ['', { TAPISTRY_STORAGE_TYPE: 'sqlite', TAPISTRY_STORAGE_RETENTION_AGE: '1h30m', TAPISTRY_STORAGE_RETENTION_SIZE: '1GB' }, 5_400_000, 1e9],
])('what is kept, and how long: %s %o', (text, environment, ageMs, bytesMax) => {
  expect(retentionOf(load(text, environment).config)).toEqual({ ageMs, bytesMax })
})

test('secrets are masked', () => {
  const { config } = load(
    'storage: { type: postgres, url: "postgres://user:secret@db" }\nalerts: { channels: [{ name: a, type: slack, webhookUrl: "https://secret" }] }',
  )
  expect(JSON.stringify(masked(config, configSchema as SchemaNode))).not.toContain('secret')
})

describe('what is wrong is named by line', () => {
  test.each([
    ['an unknown key', 'dataDir: a\nlisten_: x\n', 'tapistry.yaml:2:1: unknown key listen_: did you mean listen?'],
    ['an unknown key of a source', 'sources:\n  - type: log\n    paht: a.log\n', 'tapistry.yaml:3:5: unknown key sources.0.paht: did you mean path?'],
    [
      'an unknown type',
      'sources:\n  - type: magic\n',
      'tapistry.yaml:2:11: sources.0.type "magic" is not known: one of interface, pcap, log, syslog, http, kafka',
    ],
    ['a type that is nearly known', 'sources:\n  - type: interfce\n', 'sources.0.type "interfce" is not known: did you mean interface?'],
    ['no type', 'sources:\n  - path: a\n', 'tapistry.yaml:2:5: sources.0 needs a type: one of interface, pcap, log, syslog, http, kafka'],
    ['an alias without an anchor', 'listen: a\ndataDir: *x\n', 'tapistry.yaml:2:10: no anchor &x stands before the alias *x'],
    ['a missing key', 'sources:\n  - type: log\n', 'tapistry.yaml:2:5: sources.0 needs the key path'],
    [
      'a wrong value',
      'services:\n  - name: a\n    criticality: huge\n',
      'tapistry.yaml:3:18: services.0.criticality "huge" must be one of low, medium, high, critical',
    ],
    ['an empty folder', 'dataDir: ""\n', 'tapistry.yaml:1:10: dataDir "" must NOT have fewer than 1 characters'],
    ['a wrong type', 'dataDir: [1]\n', 'tapistry.yaml:1:10: dataDir must be string'],
    [
      'a duration',
      'alerts: { channels: [{ name: a, type: slack, groupWait: soon }] }\n',
      'alerts.channels.0.groupWait "soon" is not written as expected: as in 5s or 1h30m',
    ],
    [
      'an age',
      'storage: { type: sqlite, retention: { age: 0d } }\n',
      'tapistry.yaml:1:44: storage.retention.age "0d" is not written as expected: as in 400d or 36h',
    ],
    ['an age of nothing', 'storage: { type: sqlite, retention: { age: 0h0m } }\n', 'storage.retention.age "0h0m" is not written'],
    ['a size', 'storage: { type: sqlite, retention: { size: much } }\n', 'storage.retention.size "much" is not written as expected: as in 2GiB'],
    [
      'a size in which nothing could stay',
      'storage: { type: sqlite, retention: { size: 63MiB } }\n',
      'tapistry.yaml:1:45: storage.retention.size must be at least 64MiB',
    ],
    ['a key of retention', 'storage: { type: sqlite, retention: { sise: 2GiB } }\n', 'did you mean size?'],
    ['no YAML', 'a: [1\n', 'not valid YAML'],
    ['a list', '- a\n', 'a map of keys is expected'],
    ['a secret twice', 'storage: { type: postgres, url: a, urlFile: b }\n', 'url and urlFile are both set'],
    ['a secret that is not there', 'storage: { type: postgres, urlFile: nowhere }\n', 'cannot read'],
  ])('%s', (_, text, message) => {
    expect(() => load(text)).toThrow(message)
  })

  test('a missing file', () => {
    expect(() => loadConfig('nowhere.yaml', {}, folder)).toThrow(/nowhere.yaml: no such file/)
  })

  test('each problem has a line of its own', () => {
    const problems = (): readonly string[] => {
      try {
        load('lisen: x\ndataDir: 7\n')
        return []
      } catch (thrown) {
        return thrown instanceof TapistryError ? thrown.lines : []
      }
    }
    expect(problems()).toEqual(['tapistry.yaml:1:1: unknown key lisen: did you mean listen?', 'tapistry.yaml:2:10: dataDir 7 must be string'])
  })

  test('of the environment the variable is named', () => {
    expect(() => load('', { TAPISTRY_LISTEN: 'nowhere' })).toThrow(/TAPISTRY_LISTEN: listen/)
  })

  test('a bomb of aliases is refused', () => {
    const levels = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array.from({ length: 9 }, () => `*a${index}`).join(', ')}]`)
    expect(() => load(`a0: &a0 [x]\n${levels.join('\n')}\n`)).toThrow(/tapistry.yaml/)
  })
})

test.each([
  ['5s', 5_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['', null],
  ['5', null],
  ['-5s', null],
])('duration %s', (text, milliseconds) => {
  expect(durationMs(text)).toBe(milliseconds)
})

test.each([
  ['64MiB', 67_108_864],
  ['1.5kB', 1_500],
  ['512', 512],
  ['1 GB', 1e9],
  ['x', null],
  ['99999999999TiB', null],
])('size %s', (text, bytes) => {
  expect(sizeBytes(text)).toBe(bytes)
})

test.each([
  ['pth', 'path'],
  ['lisetn', 'listen'],
  ['x', null],
  ['', null],
])('nearest of %s', (name, nearest) => {
  expect(nearestName(name, ['path', 'listen', 'sources'])).toBe(nearest)
})
