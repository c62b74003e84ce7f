import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { configSchema } from '../../src/config/options.ts'
import { writeCertificates } from '../source/certificates.ts'
import { run } from './run.ts'

let folder = ''
let certificates = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-check-'))
  mkdirSync(join(folder, 'tls'))
  certificates = join(folder, 'tls')
  writeCertificates(certificates)
  writeFileSync(join(folder, 'spec.json'), JSON.stringify({ openapi: '3.1.0', info: { title: 'Users', version: '1' }, paths: {} }))
  writeFileSync(join(folder, 'broken.yaml'), 'title: no spec\n')
  writeFileSync(join(folder, 'nothing.pem'), 'no certificate\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const check = async (text: string, env: Record<string, string> = {}): Promise<{ exitCode: number; out: string; lines: readonly string[] }> => {
  writeFileSync(join(folder, 'tapistry.yaml'), text)
  const { exitCode, out, err } = await run(['config', 'check'], { cwd: folder, env })
  return { exitCode, out, lines: err.split('\n').slice(0, -1) }
}

const log = (format: string): string => `sources:\n  - type: log\n    path: access.log\n    format: ${format}\n`
const kafka = (more: string): string => `sources:\n  - type: kafka\n    brokers: ["one:9092"]\n    topics: [gateway]\n    ${more}\n`
const syslogTls = (files: string): string => `sources:\n  - { type: syslog, listen: "127.0.0.1:6514", protocol: tls, tls: ${files} }\n`
const syslog = (more: string): string => `sources:\n  - type: syslog\n    ${more}\n`

/** Where a value is `${VARIABLE}`. */
function secretsIn(value: unknown, path: readonly string[] = []): ReadonlyArray<{ readonly path: readonly string[]; readonly variable: string }> {
  const variable = typeof value === 'string' ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined
  if (variable !== undefined) return [{ path, variable }]
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, below]) => secretsIn(below, [...path, name])) : []
}

describe('config show', () => {
  const base = {
    sources: [{ type: 'kafka', brokers: ['one:9092'], topics: ['gateway'], sasl: { mechanism: 'plain', username: 'u', password: '${PASSWORD}' } }],
    alerts: {
      proxy: '${PROXY}',
      channels: [
        { name: 'a', type: 'slack', webhookUrl: '${HOOK}' },
        { name: 'b', type: 'slack', botToken: '${BOT}', channel: 'C1' },
        { name: 'c', type: 'webhook', url: '${POST}', secret: '${SIGN}' },
        { name: 'd', type: 'teams', webhookUrl: '${TEAMS}' },
        { name: 'e', type: 'pagerduty', routingKey: '${ROUTE}' },
        { name: 'f', type: 'opsgenie', apiKey: '${KEY}' },
        { name: 'g', type: 'email', host: 'h', from: 'a@b', to: ['a@b'], username: 'u', password: '${MAIL}' },
        { name: 'h', type: 'kafka', brokers: ['one:9092'], topic: 't', sasl: { mechanism: 'plain', username: 'u', password: '${TOPIC}' } },
        { name: 'i', type: 'jira', url: 'https://j.example.com', email: 'a@b', project: 'P', apiToken: '${ISSUE}' },
      ],
    },
    storage: { type: 'postgres', url: '${URL}' },
    access: { oidc: { issuer: 'https://login.example.com', clientSecret: '${CLIENT}' } },
  }
  const hidden = 'https://hidden.example.com/hunter2'
  const written = JSON.stringify(base).replaceAll(/\$\{\w+\}/g, hidden)
  const whole = JSON.parse(written) as typeof base
  const secrets = secretsIn(base)
  const variables = (between: string): Record<string, string> =>
    Object.fromEntries(secrets.map(({ path }) => [['TAPISTRY', ...path.map((name) => name.replaceAll(/[A-Z]/g, '_$&').toUpperCase())].join(between), hidden]))
  const cases: ReadonlyArray<readonly [name: string, text: string, env: Record<string, string>]> = [
    ['in the file', written, {}],
    ['in variables that the file names', JSON.stringify(base), Object.fromEntries(secrets.map(({ variable }) => [variable, hidden]))],
    ['in a variable for each', JSON.stringify(base), variables('_')],
    [
      'in variables that hold lists and objects',
      '',
      {
        TAPISTRY_SOURCES: JSON.stringify(whole.sources),
        TAPISTRY_ALERTS: JSON.stringify(whole.alerts),
        TAPISTRY_STORAGE: JSON.stringify(whole.storage),
        TAPISTRY_ACCESS: JSON.stringify(whole.access),
      },
    ],
    [
      'in a variable with two underscores',
      JSON.stringify(base),
      Object.fromEntries(Object.entries(variables('__')).map(([name, value]) => [name.replace('__', '_'), value])),
    ],
  ]
  test.each(cases)('masks every secret %s', async (_, text, env) => {
    writeFileSync(join(folder, 'secrets.yaml'), text)
    const { exitCode, out, err } = await run(['config', 'show', 'secrets.yaml'], { cwd: folder, env })
    expect(exitCode, err).toBe(0)
    expect(out + err).not.toContain('hunter2')
    expect(out.match(/\w+: "\*\*\*"/g)).toHaveLength(secrets.length)
  })

  test('knows no other secrets', () => {
    const known = JSON.stringify(configSchema)
      .match(/"(\w+)":\{[^{}]*"x-secret":true/g)
      ?.map((text) => text.split('"')[1])
    expect(known?.toSorted()).toEqual(secrets.map(({ path }) => path.at(-1) ?? '').toSorted())
  })

  test('and what is wrong shows none', async () => {
    const { lines } = await check(
      'storage: { type: postgres, url: [hunter2] }\nsources: [{ type: kafka, brokers: ["a:1"], topics: [a], sasl: hunter2 }]\nalerts: { channels: [hunter2] }\n',
    )
    expect(lines).toHaveLength(3)
    expect(lines.join()).not.toContain('hunter2')
  })
})

describe('config check', () => {
  test.each([
    ['formats by name', log('combined')],
    ['formats of fields', log(`'$remote_addr "$request" $status'`)],
    ['the directive of nginx', log(`'log_format main ''$remote_addr [$time_local] "$request" $status'';'`)],
    ['the directive of Apache', log(`'LogFormat "%h %l %u %t \\"%r\\" %>s %b" common'`)],
    ['filters', 'sources: [{ type: interface, name: eth9, filter: "tcp port 80" }, { type: pcap, path: "x/*.pcap", filter: "net 10.0.0.0/8" }]\n'],
    ['files of TLS', syslogTls('{ certFile: tls/localhost.pem, keyFile: tls/localhost.key, caFile: tls/ca.pem }')],
    ['brokers with TLS', kafka('tls: { caFile: tls/ca.pem, certFile: tls/client.pem, keyFile: tls/client.key }')],
    ['specs that are there', 'specs: [{ path: "*.json" }, { path: spec.json }]\n'],
    ['all else', 'listen: "[::1]:0"\nsources: [{ type: http }, { type: syslog, listen: "0.0.0.0:5514" }]\n'],
  ])('takes %s', async (_, text) => {
    expect(await check(text)).toEqual({ exitCode: 0, out: 'tapistry.yaml: no problem found\n', lines: [] })
  })

  test.each([
    [
      'a format of nothing',
      log('combinde'),
      /^tapistry\.yaml:4:13: sources\.0\.format: combinde is no format of logs: use auto, combined, .*, or the log_format/,
    ],
    ['a variable that is none', log(`'$status $nonsense'`), /^tapistry\.yaml:4:13: sources\.0\.format: the log format cannot be used: .*\$status/],
    ['a format without a request', log(`'%h %t'`), /^tapistry\.yaml:4:13: sources\.0\.format: the log format cannot be used: .*request/],
    ['a format of Kafka', kafka('format: exchange'), /^tapistry\.yaml:5:13: sources\.0\.format: exchange is no format/],
    ['a format of syslog', syslog('listen: "127.0.0.1:1"\n    format: har'), /^tapistry\.yaml:4:13: sources\.0\.format: har is no format/],
    [
      'a filter',
      'sources:\n  - type: pcap\n    path: x\n    filter: tcp prot 80\n',
      /^tapistry\.yaml:4:13: sources\.0\.filter: packet filter.*(?:tcp prot 80|libpcap)/,
    ],
    ['an address that others reach', 'listen: 0.0.0.0:7411\n', /^tapistry\.yaml:1:9: listen: 0\.0\.0\.0:7411 can be reached from other machines/],
    ['a port that is none', 'listen: 127.0.0.1:70000\n', /^tapistry\.yaml:1:9: listen: "127\.0\.0\.1:70000" is no address/],
    ['an address of syslog', syslog('listen: localhost:514'), /^tapistry\.yaml:3:13: sources\.0\.listen: "localhost:514" is no IP address with a port/],
    ['a port of a broker', kafka('').replace('one:9092', 'one:99092'), /^tapistry\.yaml:3:15: sources\.0\.brokers\.0: "one:99092" has no port: .* 1 to 65535/],
    ['a spec that is nowhere', 'specs:\n  - path: specs/*.yaml\n', /^tapistry\.yaml:2:11: specs\.0\.path: specs\/\*\.yaml: no file matches$/],
    ['a spec that is broken', 'specs:\n  - path: spec.json\n  - path: broken.yaml\n', /^tapistry\.yaml:3:11: specs\.1\.path: broken\.yaml:1:1: /],
    [
      'a certificate that is not there',
      kafka('tls: { caFile: nowhere.pem }'),
      /^tapistry\.yaml:5:20: sources\.0\.tls\.caFile: cannot read nowhere\.pem: no such file or folder$/,
    ],
    [
      'a certificate that is none',
      kafka('tls: { caFile: nothing.pem }'),
      /^tapistry\.yaml:5:20: sources\.0\.tls\.caFile: nothing\.pem holds no certificate in PEM$/,
    ],
    [
      'a key that is none',
      kafka('tls: { certFile: tls/client.pem, keyFile: nothing.pem }'),
      /^tapistry\.yaml:5:\d+: sources\.0\.tls\.keyFile: nothing\.pem holds no private key in PEM that can be read without a passphrase$/,
    ],
    [
      'a key of another certificate',
      kafka('tls: { certFile: tls/client.pem, keyFile: tls/ca.key }'),
      /^tapistry\.yaml:5:\d+: sources\.0\.tls\.keyFile: tls\/ca\.key is not the key of tls\/client\.pem$/,
    ],
    ['half of TLS', kafka('tls: { certFile: tls/client.pem }'), /^tapistry\.yaml:5:10: sources\.0\.tls: certFile and keyFile belong together/],
    ['TLS of syslog', syslogTls('{ certFile: nothing.pem, keyFile: nowhere.pem }'), /sources\.0\.tls\.certFile: nothing\.pem holds no certificate/],
    ['no password', kafka('sasl: { mechanism: plain, username: u }'), /^tapistry\.yaml:5:11: sources\.0\.sasl: there is no password/],
    [
      'a source twice',
      'sources:\n  - { type: http }\n  - { type: http }\n',
      /^tapistry\.yaml:3:5: sources\.1: http is there twice, and would be counted twice/,
    ],
    [
      'a duration',
      'alerts:\n  channels:\n    - { name: a, type: slack, groupWait: soon }\n',
      /^tapistry\.yaml:3:\d+: alerts\.channels\.0\.groupWait "soon" is not written as expected: as in 5s or 1h30m$/,
    ],
    [
      'a channel that leads nowhere',
      'alerts:\n  channels:\n    - { name: a, type: webhook, url: "https://hidden" }\n    - { name: b, type: webhook, url: hidden }\n',
      /^tapistry\.yaml:4:\d+: alerts\.channels\.1\.url: is no URL; write it as https:\/\/host\/path$/,
    ],
    ['a network', 'alerts: { allowedNetworks: [everything] }\n', /^tapistry\.yaml:1:\d+: alerts\.allowedNetworks: "everything" is no network; /],
    ['an address', 'listen: nowhere\n', /^tapistry\.yaml:1:9: listen "nowhere" is not written as expected: as in 127\.0\.0\.1:7411 or \[::1\]:7411$/],
    ['a choice', 'services:\n  - { name: a, criticality: huge }\n', /criticality "huge" must be one of low, medium, high, critical$/],
    ['a data folder that is a file', 'dataDir: spec.json\n', /^tapistry\.yaml:1:10: dataDir: spec\.json is a file, and a folder is needed$/],
    [
      'a service that is there twice, in another case',
      'services:\n  - { name: Shop.example }\n  - { name: shop.example }\n',
      /^tapistry\.yaml:3:13: services\.1\.name: shop\.example is services\.0 already: make one entry of both$/,
    ],
    [
      'a host of two services',
      'services:\n  - { name: a, hosts: [x.example] }\n  - { name: b, hosts: [y.example, X.example] }\n',
      /^tapistry\.yaml:3:35: services\.1\.hosts\.1: x\.example is a host of a already$/,
    ],
    [
      'a store that is not there yet',
      'storage: { type: postgres, url: "postgres://hidden" }\n',
      /^tapistry\.yaml:1:18: storage\.type: postgres is not there yet: use sqlite$/,
    ],
  ])('names %s', async (_, text, line) => {
    const { exitCode, out, lines } = await check(text)
    expect(lines.map((one) => one.replace(/^tapistry: /, ''))).toContainEqual(expect.stringMatching(line))
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
  })

  test('names everything at once, and starts nothing', async () => {
    const before = readdirSync(folder)
    const { lines } = await check(
      'listen: 0.0.0.0:1\nspecs: [{ path: none.yaml }]\nsources:\n  - { type: log, path: a, format: x }\n  - { type: syslog, listen: y }\n',
    )
    expect(lines.map((line) => /tapistry\.yaml:\d+/.exec(line)?.[0])).toEqual([1, 2, 4, 5].map((line) => `tapistry.yaml:${line}`))
    expect(readdirSync(folder)).toEqual([...new Set([...before, 'tapistry.yaml'])].toSorted())
  })

  test('names the variable that a wrong value came from', async () => {
    const { lines } = await check(log('auto'), { TAPISTRY_SOURCES_0_FORMAT: 'combinde', TAPISTRY_SPECS: '[{ path: none.yaml }]' })
    expect(lines).toEqual([
      expect.stringMatching(/^tapistry: TAPISTRY_SPECS: specs\.0\.path: none\.yaml/),
      expect.stringMatching(/^tapistry: TAPISTRY_SOURCES_0_FORMAT: sources\.0\.format: combinde/),
    ])
  })

  test('takes channels of alerts without a word', async () => {
    const { exitCode, lines } = await check('alerts: { channels: [{ name: a, type: slack, webhookUrl: "https://hidden" }] }\n')
    expect({ exitCode, lines }).toEqual({ exitCode: 0, lines: [] })
  })
})
