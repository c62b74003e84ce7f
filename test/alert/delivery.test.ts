import { expect, onTestFinished, test } from 'vitest'

import { openAlerting, type Alerting } from '../../src/alert/alerting.ts'
import type { Channel, Outcome } from '../../src/alert/channel.ts'
import type { AlertMessage } from '../../src/alert/message.ts'
import type { ChannelRules } from '../../src/alert/rules.ts'
import { headline } from '../../src/alert/words.ts'
import type { FindingDocument, InventoryDocument } from '../../src/inventory/document.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { sampleFinding, sampleReport, sampleService } from '../output/sample_report.ts'
import { change } from '../storage/sample.ts'
import { until } from '../e2e/until.ts'
import { sampleRules } from './sample_channel.ts'

const services = ['a.example.com', 'b.example.com'].map((name) => sampleService(name, []))

function inventory(...numbers: number[]): InventoryDocument {
  const findings = numbers.map((number): FindingDocument =>
    sampleFinding(services[number % 2]?.id ?? '', null, { id: `fnd_${number}`, title: `finding ${number}` }),
  )
  return sampleReport(services, findings).inventory
}

/** A channel that answers as it is told, and keeps what it was given. */
function channelOf(rules: Partial<ChannelRules>, answers: Array<Outcome | 'silence'> = []) {
  const got: AlertMessage[] = []
  const channel: Channel = {
    rules: sampleRules({ groupWaitMs: 0, groupIntervalMs: 0, ...rules }),
    type: 'webhook',
    canEdit: false,
    paceMs: 0,
    async deliver(message, signal) {
      got.push(message)
      const answer = answers.shift() ?? { kind: 'sent', reference: null }
      if (answer !== 'silence') return answer
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { kind: 'later', problem: 'it was given up', afterMs: null }
    },
  }
  return { channel, got, texts: () => got.map(headline) }
}

function opened(repository: Repository, ...channels: Channel[]) {
  return openedAt(Date.now, repository, ...channels)
}

function openedAt(now: () => number, repository: Repository, ...channels: Channel[]) {
  const said: string[] = []
  const alerting: Alerting = openAlerting(channels, new Map(), {
    outbox: repository.outbox,
    now,
    random: () => 0,
    say: (channel, event, problem) => said.push(`${channel} ${event} ${problem ?? ''}`.trim()),
  })
  alerting.start()
  onTestFinished(() => alerting.stop())
  const see = (...numbers: number[]): void => {
    repository.commit(change({ basis: repository.load().generation, notices: alerting.noticesOf(inventory(...numbers), []) }))
    alerting.wake()
  }
  return { alerting, see, said }
}

const failing: Outcome = { kind: 'later', problem: 'it answers 503', afterMs: 0 }

test('what is new is told once, what goes is told as resolved', async () => {
  const repository = memoryRepository()
  const { channel, texts } = channelOf({})
  const { see, alerting } = opened(repository, channel)
  see(0, 1)
  await until(() => texts().length === 1)
  see(0, 1)
  see(0, 1, 3)
  await until(() => texts().length === 2)
  see(0)
  await until(() => texts().length === 4)
  see(0, 1)
  await until(() => texts().length === 5)
  expect(texts()).toEqual(['2 findings of 2 services (2 high)', 'finding 3', 'Resolved: finding 1', 'Resolved: finding 3', 'finding 1'])
  await until(() => alerting.status()[0]?.waiting === 0)
  expect(alerting.status()).toEqual([{ channel: 'security', type: 'webhook', sent: 5, failed: 0, capped: 0, shed: 0, waiting: 0, dead: 0 }])
})

test('a try that failed is made again, with the same key, and said once', async () => {
  const { channel, got } = channelOf({}, [failing, failing])
  const { see, said, alerting } = opened(memoryRepository(), channel)
  see(0)
  await until(() => got.length === 3)
  await until(() => said.length === 2)
  expect(new Set(got.map(({ key }) => key)).size).toBe(1)
  expect(said).toEqual(['security down it answers 503', 'security up'])
  expect(alerting.status()).toMatchObject([{ sent: 1, failed: 2, waiting: 0 }])
})

test('while a channel fails, what comes is kept for one message, and others go on', async () => {
  const repository = memoryRepository()
  const slow = channelOf({ name: 'slow' }, ['silence'])
  const quick = channelOf({ name: 'quick' })
  const { see, alerting } = opened(repository, slow.channel, quick.channel)
  see(0)
  await until(() => slow.got.length === 1 && quick.got.length === 1)
  see(0, 2)
  await until(() => quick.got.length === 2)
  see(0, 2, 4)
  await until(() => quick.got.length === 3)
  expect(alerting.status()).toMatchObject([
    { channel: 'slow', sent: 0, waiting: 3 },
    { channel: 'quick', sent: 3, waiting: 0 },
  ])
  await alerting.stop()
  // The next run begins with what was under way.
  const again = channelOf({ name: 'slow' })
  opened(repository, again.channel)
  await until(() => again.got.length === 2)
  expect(again.got[0]?.key).toBe(slow.got[0]?.key)
  expect(again.texts()).toEqual(['finding 0', '2 findings of a.example.com (2 high)'])
})

test('what opened and went within one groupWait is not told, and told when it opens again', async () => {
  const { channel, texts } = channelOf({ groupWaitMs: 10_000 })
  let nowMs = 1_000_000
  const { see, alerting } = openedAt(() => nowMs, memoryRepository(), channel)
  see(0)
  see()
  await until(() => alerting.status()[0]?.waiting === 0)
  nowMs += 20_000
  see(0, 2)
  nowMs += 10_000
  alerting.wake()
  await until(() => texts().length === 1)
  expect(texts()).toEqual(['2 findings of a.example.com (2 high)'])
})

test('a channel has time between two messages', async () => {
  const repository = memoryRepository()
  const { channel, got } = channelOf({})
  let nowMs = 1_000_000
  const { see, alerting } = openedAt(() => nowMs, repository, { ...channel, paceMs: 10_000 })
  see(0)
  await until(() => alerting.status()[0]?.sent === 1)
  see(0, 1)
  await until(() => repository.outbox.next('security') !== null)
  alerting.wake()
  expect(got).toHaveLength(1)
  nowMs += 10_000
  alerting.wake()
  await until(() => got.length === 2)
})

test('what is refused is a dead letter, and waits again when it is asked to', async () => {
  const repository = memoryRepository()
  const { channel, got, texts } = channelOf({}, [{ kind: 'refused', problem: 'it answers 404' }])
  const { see, said, alerting } = opened(repository, channel)
  see(0)
  await until(() => said.length === 1)
  see(0, 1)
  await until(() => got.length === 2)
  await until(() => alerting.status()[0]?.sent === 1)
  expect(said).toEqual(['security dead it answers 404'])
  expect(alerting.status()).toMatchObject([{ sent: 1, failed: 1, waiting: 0, dead: 1 }])
  const [letter] = repository.outbox.dead(0, 10)
  expect(letter?.tries).toBe(1)
  repository.outbox.retry(letter?.id ?? 0, 0)
  alerting.wake()
  await until(() => got.length === 3)
  expect(texts()).toEqual(['finding 0', 'finding 1', 'finding 0'])
})

test('a message is given up after many tries', async () => {
  const { channel, got } = channelOf(
    {},
    Array.from({ length: 120 }, () => failing),
  )
  const repository = memoryRepository()
  let nowMs = 1_000_000
  // Time enough has passed whenever it looks.
  const { see, said } = openedAt(() => (nowMs += 700_000), repository, channel)
  see(0)
  await until(() => said.length === 2)
  expect([got.length, said]).toEqual([120, ['security down it answers 503', 'security dead it answers 503']])
  expect(repository.outbox.dead(0, 10)).toMatchObject([{ tries: 120 }])
})

test('a receiver that wants it again at once, every time, has it as slowly as one that says nothing', async () => {
  const repository = memoryRepository()
  const { channel, got } = channelOf({}, [failing, failing, failing])
  let nowMs = 1_000_000
  const { see, alerting } = openedAt(() => nowMs, repository, channel)
  see(0)
  const waits: number[] = []
  for (const tries of [1, 2, 3]) {
    await until(() => repository.outbox.next('security')?.tries === tries)
    const { notBeforeMs = 0 } = repository.outbox.next('security') ?? {}
    waits.push(notBeforeMs - nowMs)
    nowMs = notBeforeMs
    alerting.wake()
  }
  await until(() => got.length === 4)
  expect(waits).toEqual([500, 1_000, 2_000])
})

test('after a kill nothing is lost: what was not told is told, what is gone is resolved', async () => {
  const repository = memoryRepository()
  const before = channelOf({})
  const first = opened(repository, before.channel)
  first.see(0, 1)
  await until(() => before.got.length === 1)
  // Notices that were made and never kept: the process ended.
  first.alerting.noticesOf(inventory(1, 2), [])
  await first.alerting.stop()
  const after = channelOf({})
  const second = opened(repository, after.channel)
  second.see(1, 2)
  await until(() => after.got.reduce((sum, { items }) => sum + items.length, 0) === 2)
  expect(after.got.flatMap(({ items }) => items.map(({ what, title }) => `${what} ${title}`)).toSorted()).toEqual(['opened finding 2', 'resolved finding 0'])
})

test('what a channel begins with is one message, however many services there are; later they are apart', async () => {
  const { channel, texts } = channelOf({ groupWaitMs: 100 })
  const { see } = opened(memoryRepository(), channel)
  see(0)
  see(0, 1, 2, 3)
  await until(() => texts().length === 1)
  see(...Array.from({ length: 8 }, (_, number) => number))
  await until(() => texts().length === 3)
  expect(texts()).toEqual(['4 findings of 2 services (4 high)', '2 findings of a.example.com (2 high)', '2 findings of b.example.com (2 high)'])
})

test('channels that are changed go on where those of their names were, and count on', async () => {
  const repository = memoryRepository()
  const [before, after] = [channelOf({}, ['silence']), channelOf({})]
  const { see, alerting } = opened(repository, before.channel)
  see(0)
  await until(() => before.got.length === 1)
  see(0, 1)
  const other = channelOf({ name: 'other' })
  alerting.setChannels([after.channel, other.channel])
  await until(() => after.got.length === 2)
  // What was under way is told again, first and with its key; what is told is not told anew.
  expect(after.got[0]?.key).toBe(before.got[0]?.key)
  see(0, 1)
  see(0)
  await until(() => after.got.length === 3 && other.got.length === 1)
  expect(after.texts()).toEqual(['finding 0', 'finding 1', 'Resolved: finding 1'])
  expect(before.got).toHaveLength(1)
  const [again] = [channelOf({})]
  await until(() => alerting.status()[0]?.waiting === 0)
  alerting.setChannels([again.channel])
  see(0, 3)
  await until(() => again.got.length === 1)
  expect(again.texts()).toEqual(['finding 3'])
  await until(() => alerting.status()[0]?.sent === 4)
  expect(alerting.status()).toMatchObject([{ channel: 'security', sent: 4, waiting: 0 }])
})

test('what was made for a channel before it was changed, and is not kept yet, is not made again', () => {
  const { alerting } = opened(memoryRepository(), channelOf({}).channel)
  expect(alerting.noticesOf(inventory(0), [])).toHaveLength(1)
  alerting.setChannels([channelOf({}).channel])
  expect(alerting.noticesOf(inventory(0), [])).toEqual([])
  expect(alerting.noticesOf(inventory(0, 1), [])).toHaveLength(1)
})

test('a store that fails for a while costs a message at most twice', async () => {
  const repository = memoryRepository()
  let isBroken = false
  const outbox = {
    ...repository.outbox,
    settle: (...given: Parameters<typeof repository.outbox.settle>) => {
      if (isBroken) throw new Error('the disk is full')
      repository.outbox.settle(...given)
    },
  }
  const { channel, got } = channelOf({})
  const { see, said, alerting } = opened({ ...repository, outbox }, channel)
  isBroken = true
  see(0)
  await until(() => said.length === 1)
  isBroken = false
  alerting.wake()
  await until(() => said.length === 2)
  expect(got.map(({ key }) => key)).toEqual([got[0]?.key, got[0]?.key])
  expect(said).toEqual(['security down a defect of ours, please report it: the disk is full', 'security up'])
})
