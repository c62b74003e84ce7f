import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { makeChannels } from '../../src/alert/make_channels.ts'
import { loadConfig } from '../../src/config/load.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-channels-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function made(alerts: string, services = '[]') {
  writeFileSync(join(folder, 'tapistry.yaml'), `alerts: ${alerts}\nservices: ${services}\n`)
  writeFileSync(join(folder, 'url'), 'https://hooks.slack.com/services/secret\n')
  return makeChannels(loadConfig('tapistry.yaml', {}, folder, { withSecrets: true }).config, Date.now)
}

test('channels of the configuration, with defaults', () => {
  const { channels } = made(
    '{ channels: [{ name: a, type: slack, webhookUrlFile: url }, { name: b, type: slack, botToken: x, channel: C1, groupWait: 1m, match: [{ kinds: [inv.shadow-service, endpoint.appeared] }] }, { name: c, type: webhook, url: "https://a/b", quietHours: [{ from: "22:00", to: "07:00" }] }] }',
  )
  expect(channels.map(({ rules, type, canEdit, paceMs }) => [rules.name, type, canEdit, paceMs, rules.groupWaitMs, rules.maxPerHour])).toEqual([
    ['a', 'slack', false, 1_000, 5_000, 30],
    ['b', 'slack', true, 1_000, 60_000, 30],
    ['c', 'webhook', false, 0, 5_000, 30],
  ])
  expect(channels[0]?.rules).toMatchObject({ groupIntervalMs: 300_000, repeatIntervalMs: 86_400_000, sendResolved: true, match: [], mute: [] })
  expect(channels[2]?.rules.quietHours).toEqual([{ from: '22:00', to: '07:00', timeZone: 'UTC', days: [], except: ['critical'] }])
})

test('a rule may name the tags that services have', () => {
  const services = '[{ name: a.example.com, tags: [pci, edge] }]'
  const channel = (tag: string): string => `{ channels: [{ name: a, type: webhook, url: "https://a", match: [{ tags: [${tag}] }] }] }`
  expect(made(channel('edge'), services).problems).toEqual([])
  expect(made(channel('egde'), services).problems.map(({ message }) => message)).toEqual([
    'alerts.channels.0: "egde" is no tag of a service in this configuration: did you mean edge?',
  ])
})

const wrong: ReadonlyArray<readonly [alerts: string, message: string]> = [
  ['{ channels: [{ name: a, type: slack }] }', 'alerts.channels.0: set one of webhookUrl and botToken, or the file of one'],
  [
    '{ channels: [{ name: a, type: slack, webhookUrl: "https://secret", botToken: x }] }',
    'alerts.channels.0: set one of webhookUrl and botToken, or the file of one',
  ],
  ['{ channels: [{ name: a, type: slack, botToken: secret }] }', 'alerts.channels.0: a bot needs the id of its channel: set channel'],
  ['{ channels: [{ name: a, type: slack, webhookUrl: "secret" }] }', 'alerts.channels.0.webhookUrl: is no URL; write it as https://host/path'],
  ['{ channels: [{ name: a, type: webhook }] }', 'alerts.channels.0: set url or urlFile'],
  ['{ channels: [{ name: a, type: webhook, url: "ftp://secret" }] }', 'alerts.channels.0.url: is no URL; write it as https://host/path'],
  ['{ channels: [{ name: a, type: webhook, url: "https://a", secret: secret }] }', 'alerts.channels.0.secret: write it as whsec_ and 24 to 64 bytes in base64'],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a" }, { name: a, type: webhook, url: "https://a" }] }',
    'alerts.channels.1: the name a is that of another channel: each needs its own',
  ],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a", match: [{ kinds: [inv.shadow-servic] }] }] }',
    'alerts.channels.0: "inv.shadow-servic" is no kind of finding or event: did you mean inv.shadow-service?',
  ],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a", mute: [{ tags: [pci] }] }] }',
    'alerts.channels.0: "pci" is no tag of a service in this configuration: there are none',
  ],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a", repeatInterval: 0s }] }',
    'alerts.channels.0.repeatInterval: what stays would be told again at each look: write how long it may stay, as 24h',
  ],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a", quietHours: [{ from: "22:00", to: "22:00" }] }] }',
    'alerts.channels.0.quietHours.0: from and to are the same, which would be the whole day: mute tells nothing at all',
  ],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a", mute: [{ until: "2026-02-31T00:00:00Z" }] }] }',
    'alerts.channels.0.mute.0.until: is no day of the calendar or time of a day',
  ],
  [
    '{ channels: [{ name: a, type: webhook, url: "https://a", quietHours: [{ from: "22:00", to: "07:00", timeZone: Mars }] }] }',
    'alerts.channels.0.quietHours: "Mars" is no time zone; write it as Europe/Berlin',
  ],
  ['{ channels: [], allowedNetworks: [everything] }', 'alerts.allowedNetworks: "everything" is no network; write it as 10.0.0.0/8 or 127.0.0.1'],
  ['{ channels: [], proxy: "secret" }', 'alerts.proxy: is no URL; write it as https://host/path'],
]

describe('what makes no sense is refused by its place, secrets aside', () => {
  test.each(wrong)('%s', (alerts, message) => {
    expect(made(alerts).problems.map((problem) => problem.message)).toEqual([message])
  })
})
