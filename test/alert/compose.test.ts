import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { compose } from '../../src/alert/compose.ts'
import { messageOf } from '../../src/alert/message.ts'
import { noticesFor, type ToldState } from '../../src/alert/notices.ts'
import type { ChannelRules } from '../../src/alert/rules.ts'
import { findingSubjects, type AlertSubject } from '../../src/alert/subject.ts'
import { headline } from '../../src/alert/words.ts'
import type { FindingDocument, Severity } from '../../src/inventory/document.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import type { NewNotice, Outbox } from '../../src/storage/outbox.ts'
import { sampleFinding, sampleReport, sampleService } from '../output/sample_report.ts'
import { change } from '../storage/sample.ts'
import { sampleRules, startMs } from './sample_channel.ts'

const services = ['a.example.com', 'b.example.com', 'c.example.com'].map((name) => sampleService(name, []))

/** Findings by number: every third is of the same service. */
function finding(number: number, more: Partial<FindingDocument> = {}): FindingDocument {
  return sampleFinding(services[number % 3]?.id ?? '', null, { id: `fnd_${number}`, title: `finding ${number}`, ...more })
}

function subjects(...findings: FindingDocument[]): AlertSubject[] {
  return findingSubjects(sampleReport(services, findings).inventory, new Map())
}

const opened = (state: Partial<ToldState> = {}): ToldState => ({ isOpen: true, mark: 'high ', bundle: 'svc', atMs: startMs, ...state })

function what(rules: Partial<ChannelRules>, told: Readonly<Record<string, ToldState>>, afterMs: number, ...findings: FindingDocument[]): string[] {
  const basis = { findings: subjects(...findings), events: [], told: new Map(Object.entries(told)), bundle: null, room: 100, nowMs: startMs + afterMs }
  return noticesFor(sampleRules(rules), basis).notices.map((notice) => `${notice.what} ${notice.fingerprint}`)
}

describe('what is to be told', () => {
  const cases: ReadonlyArray<readonly [name: string, told: readonly string[], is: readonly string[]]> = [
    ['a finding that is new', what({}, {}, 0, finding(1)), ['opened fnd_1']],
    ['nothing of one that was told', what({}, { fnd_1: opened() }, 86_399_999, finding(1)), []],
    ['one that has stayed', what({}, { fnd_1: opened() }, 86_400_000, finding(1)), ['repeated fnd_1']],
    ['one that got worse', what({}, { fnd_1: opened() }, 0, finding(1, { severity: 'critical' })), ['changed fnd_1']],
    ['one that went', what({}, { fnd_1: opened() }, 0), ['resolved fnd_1']],
    ['one that came again', what({}, { fnd_1: opened({ isOpen: false }) }, 0, finding(1)), ['opened fnd_1']],
    ['none that is muted', what({ mute: [{ severities: ['high'], untilMs: null }] }, {}, 0, finding(1)), []],
    ['none that somebody knows of', what({}, {}, 0, finding(1, { state: 'acknowledged' })), []],
    ['not again what somebody knows of', what({}, { fnd_1: opened() }, 1e9, finding(1, { state: 'acknowledged' })), []],
    ['that one is over which is not wanted any more', what({ match: [{ severities: ['low'] }] }, { fnd_1: opened() }, 0), ['resolved fnd_1']],
    ['nothing of one that is only not wanted any more', what({ match: [{ severities: ['low'] }] }, { fnd_1: opened() }, 0, finding(1)), []],
  ]
  test.each(cases)('%s', (_, told, is) => expect(told).toEqual(is))

  test('where there is little room the worst comes first, and the others when there is more', () => {
    const findings = subjects(finding(1, { severity: 'low' }), finding(2, { severity: 'critical' }), finding(3))
    const basis = { findings, events: [], told: new Map(), bundle: null, nowMs: startMs }
    expect(noticesFor(sampleRules(), { ...basis, room: 2 }).notices.map(({ fingerprint }) => fingerprint)).toEqual(['fnd_2', 'fnd_3'])
    const [event] = subjects(finding(9))
    if (event === undefined) throw new Error('there is no subject')
    expect(noticesFor(sampleRules(), { ...basis, events: [event], room: 3 })).toMatchObject({ notices: [{}, {}, {}], shed: 1 })
  })
})

/** An outbox with a clock, and everything that was told on its channel. */
function bench(rules: ChannelRules, canEdit: boolean) {
  const repository = memoryRepository()
  const { outbox } = repository
  const texts: string[] = []
  return {
    outbox,
    texts,
    add(...notices: NewNotice[]) {
      repository.commit(change({ basis: repository.load().generation, notices }))
    },
    compose(nowMs: number, reference: string | null = null) {
      const composition = compose(rules, {
        waiting: outbox.waiting('security'),
        canEdit,
        originOf: ({ id, fingerprint }) => outbox.opening('security', fingerprint, id)?.message ?? null,
        lastComposedMs: (bundle) => outbox.lastComposedMs('security', bundle),
        composedSince: (sinceMs) => outbox.composedSince('security', sinceMs),
        nowMs,
      })
      outbox.compose(composition.messages, composition.takenBack)
      deliver(outbox, texts, reference)
      return composition
    },
  }
}

function deliver(outbox: Outbox, texts: string[], reference: string | null): void {
  for (let message = outbox.next('security'); message !== null; message = outbox.next('security')) {
    texts.push(`${message.form}: ${headline(messageOf(outbox, message))}`)
    outbox.settle(message.id, { state: 'sent', reference })
  }
}

function notice(number: number, more: Partial<NewNotice> = {}): NewNotice {
  const [subject] = subjects(finding(number))
  return {
    channel: 'security',
    fingerprint: `fnd_${number}`,
    what: 'opened',
    mark: 'high ',
    severity: 'high',
    bundle: subject?.service.id ?? '',
    atMs: startMs,
    details: more.what === 'resolved' ? {} : (subject?.details() ?? {}),
    ...more,
  }
}

describe('messages', () => {
  test('the first of a service waits for others, and what comes later for longer', () => {
    const { add, compose: composeAt, texts } = bench(sampleRules(), false)
    add(notice(0))
    expect(composeAt(startMs + 4_999)).toMatchObject({ messages: [], nextAtMs: startMs + 5_000 })
    add(notice(3, { atMs: startMs + 4_999 }))
    composeAt(startMs + 5_000)
    add(notice(6, { atMs: startMs + 6_000 }))
    expect(composeAt(startMs + 12_000)).toMatchObject({ messages: [], nextAtMs: startMs + 305_000 })
    composeAt(startMs + 305_000)
    expect(texts).toEqual(['new: 2 findings of a.example.com (2 high)', 'new: finding 6'])
  })

  test('services have messages of their own, and many at once are one', () => {
    const { add, compose: composeAt, texts } = bench(sampleRules(), false)
    add(notice(0), notice(1))
    composeAt(startMs + 5_000)
    add(...Array.from({ length: 6 }, (_, at) => notice(at, { fingerprint: `fnd_x${at}`, bundle: `svc_${at}`, atMs: startMs + 10_000 })))
    composeAt(startMs + 15_000)
    expect(texts).toEqual(['new: finding 0', 'new: finding 1', 'new: 6 findings of 3 services (6 high)'])
  })

  test('a channel that can edit changes what is resolved and answers what stays', () => {
    const { add, compose: composeAt, texts } = bench(sampleRules(), true)
    add(notice(0), notice(3))
    composeAt(startMs + 5_000, 'C1 1.1')
    add(notice(0, { what: 'resolved', atMs: startMs + 10_000 }), notice(3, { what: 'repeated', atMs: startMs + 10_000 }))
    composeAt(startMs + 305_000, 'C1 1.2')
    add(notice(3, { what: 'resolved', atMs: startMs + 400_000 }))
    composeAt(startMs + 800_000, 'C1 1.3')
    add(notice(3, { atMs: startMs + 900_000 }))
    composeAt(startMs + 1_200_000, 'C1 1.4')
    expect(texts).toEqual([
      'new: 2 findings of a.example.com (2 high)',
      'edit: 2 findings of a.example.com (1 high, 1 resolved)',
      'update: Still open: finding 3',
      'edit: Resolved: 2 findings of a.example.com (2 resolved)',
      'new: finding 3',
    ])
  })

  test('a channel that cannot edit is told anew, with what it was', () => {
    const { add, compose: composeAt, texts } = bench(sampleRules(), false)
    add(notice(0))
    composeAt(startMs + 5_000)
    add(notice(0, { what: 'resolved', atMs: startMs + 10_000 }))
    composeAt(startMs + 305_000)
    expect(texts).toEqual(['new: finding 0', 'new: Resolved: finding 0'])
  })

  const within = { atMs: startMs + 1_000 } as const
  const worse = { mark: 'critical ', severity: 'critical' } as const
  const brief: ReadonlyArray<readonly [name: string, told: readonly NewNotice[], comes: readonly NewNotice[], texts: readonly string[]]> = [
    ['what opened and went before it was told is not told', [], [notice(0), notice(0, { ...within, what: 'resolved' })], []],
    [
      'what opened, changed and went before it was told is not told',
      [],
      [notice(0), notice(0, { what: 'changed' }), notice(0, { ...within, what: 'resolved' })],
      [],
    ],
    [
      'what went and came again as it was, as with a suppression that is deleted, is not told',
      [notice(0)],
      [notice(0, { what: 'resolved' }), notice(0, within)],
      [],
    ],
    ['what comes and goes is told as it is in the end', [], [notice(0), notice(0, { what: 'resolved' }), notice(0, within)], ['new: finding 0']],
    [
      'what goes and comes and goes is told as it is in the end',
      [notice(0)],
      [notice(0, { what: 'resolved' }), notice(0, within), notice(0, { ...within, what: 'resolved' })],
      ['new: Resolved: finding 0'],
    ],
    ['what went and came again as another is told', [notice(0)], [notice(0, { what: 'resolved' }), notice(0, { ...within, ...worse })], ['new: finding 0']],
    ['others are told', [], [notice(0), notice(3), notice(0, { ...within, what: 'resolved' })], ['new: finding 3']],
    ['what opened and became another before it was told has opened', [], [notice(0), notice(0, { ...within, ...worse, what: 'changed' })], ['new: finding 0']],
  ]
  test.each(brief)('%s', (_, told, comes, is) => {
    const { add, compose: composeAt, texts, outbox } = bench(sampleRules(), false)
    add(...told)
    composeAt(startMs + 5_000)
    const before = texts.length
    add(...comes)
    composeAt(startMs + 305_000)
    composeAt(startMs + 605_000)
    expect(texts.slice(before)).toEqual(is)
    expect(outbox.waiting('security')).toEqual([])
  })

  test('what is over is not told where nobody wants to know, and what opens again is', () => {
    const { add, compose: composeAt, texts, outbox } = bench(sampleRules({ sendResolved: false }), true)
    add(notice(0))
    composeAt(startMs + 5_000, 'C1 1.1')
    add(notice(0, { what: 'resolved', atMs: startMs + 10_000 }))
    composeAt(startMs + 305_000)
    expect(outbox.waiting('security')).toEqual([])
    add(notice(0, { atMs: startMs + 400_000 }))
    composeAt(startMs + 700_000)
    expect(texts).toEqual(['new: finding 0', 'new: finding 0'])
  })

  test('what opened and went in quiet hours is not told after them', () => {
    const hours = { from: '08:00', to: '10:00', timeZone: 'UTC', days: [], except: [] }
    const { add, compose: composeAt, texts } = bench(sampleRules({ quietHours: [hours] }), false)
    add(notice(0))
    composeAt(startMs + 5_000)
    add(notice(0, { what: 'resolved', atMs: startMs + 900_000 }))
    composeAt(startMs + 3_600_000)
    expect(texts).toEqual([])
  })

  test('an hour has so many messages, and the rest comes as one with all of it', () => {
    const { add, compose: composeAt, texts } = bench(sampleRules({ maxPerHour: 2 }), false)
    for (const number of [0, 1, 2, 3, 4]) {
      add(notice(number, { bundle: `svc_${number}`, atMs: startMs + number }))
      expect(composeAt(startMs + 5_000 + number).isCapped).toBe(number > 1)
    }
    composeAt(startMs + 3_605_000)
    expect(texts).toEqual(['new: finding 0', 'new: finding 1'])
    composeAt(startMs + 3_605_001)
    expect(texts.slice(2)).toEqual(['new: 3 findings of 3 services (3 high)'])
  })

  test('many services one after another are five messages, and then one', () => {
    const { add, compose: composeAt, texts } = bench(sampleRules(), false)
    for (let at = 0; at < 9; at += 1) {
      add(notice(at, { bundle: `svc_${at}`, atMs: startMs + at * 1_000 }))
      composeAt(startMs + at * 1_000 + 5_000)
    }
    expect(texts).toHaveLength(5)
    composeAt(startMs + 304_999)
    expect(texts).toHaveLength(5)
    composeAt(startMs + 305_000)
    expect(texts.slice(5)).toEqual(['new: 4 findings of 3 services (4 high)'])
  })

  test('in quiet hours only the worst is told, and the rest afterwards', () => {
    const hours = { from: '08:00', to: '10:00', timeZone: 'UTC', days: [], except: ['critical'] }
    const { add, compose: composeAt, texts } = bench(sampleRules({ quietHours: [hours] }), false)
    add(notice(0), notice(3, { severity: 'critical' }), notice(1))
    expect(composeAt(startMs + 5_000).nextAtMs).toBeGreaterThan(startMs + 5_000)
    expect(texts).toEqual(['new: finding 3'])
    composeAt(startMs + 3_599_999)
    composeAt(startMs + 3_600_000)
    expect(texts).toEqual(['new: finding 3', 'new: finding 0', 'new: finding 1'])
  })
})

/** What happens to findings, and when one looks. */
const story = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), number: fc.nat(11) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 4_000_000 }) }),
    fc.constant({ kind: 'look' as const }),
  ),
  { maxLength: 60 },
)

test('whatever the order and the cuts of time, each notice is part of one message, and counts are right', () => {
  fc.assert(
    fc.property(story, fc.boolean(), fc.integer({ min: 1, max: 4 }), (steps, canEdit, maxPerHour) => {
      const rules = sampleRules({ maxPerHour, quietHours: [{ from: '10:00', to: '10:30', timeZone: 'UTC', days: [], except: [] }] })
      const { add, compose: composeAt, outbox } = bench(rules, canEdit)
      const open = new Set<number>()
      const told = new Map<string, ToldState>()
      const composed = new Map<number, number>()
      const loud: number[] = []
      let nowMs = startMs
      let made = 0
      let back = 0
      const look = (): void => {
        const before = outbox.waiting('security')
        const { messages, takenBack } = composeAt(nowMs, 'C1 1.1')
        for (const { notices, form } of messages) {
          for (const id of notices) composed.set(id, (composed.get(id) ?? 0) + 1)
          if (form !== 'edit') loud.push(nowMs)
        }
        const left = new Set(outbox.waiting('security').map(({ id }) => id))
        const goneIds = before.map(({ id }) => id).filter((id) => !left.has(id))
        expect(new Set(goneIds)).toEqual(new Set([...takenBack, ...messages.flatMap(({ notices }) => notices)]))
        back += takenBack.length
        expect(loud.filter((at) => at >= nowMs - 3_600_000).length).toBeLessThanOrEqual(maxPerHour)
      }
      for (const step of steps) {
        if (step.kind === 'pass') nowMs += step.ms
        else if (step.kind === 'look') look()
        else {
          if (!open.delete(step.number)) open.add(step.number)
          const basis = { findings: subjects(...[...open].map((number) => finding(number))), events: [], told, bundle: null, room: 1_000, nowMs }
          const { notices } = noticesFor(rules, basis)
          for (const { fingerprint, what: kind, mark, bundle, atMs } of notices) {
            if (kind === 'resolved') told.delete(fingerprint)
            else told.set(fingerprint, { isOpen: true, mark, bundle, atMs })
          }
          expect(noticesFor(rules, { ...basis, told }).notices).toEqual([])
          add(...notices)
          made += notices.length
        }
      }
      // However long it was silent, what waits is told in the end.
      for (let round = 0; round < 60 && outbox.waiting('security').length > 0; round += 1) {
        nowMs += 600_000
        look()
      }
      expect(outbox.waiting('security')).toEqual([])
      expect(composed.size + back).toBe(made)
      expect([...composed.values()].every((count) => count === 1)).toBe(true)
      expect(
        new Set(
          outbox
            .told()
            .filter(({ what: kind }) => kind !== 'resolved')
            .map(({ fingerprint }) => fingerprint),
        ),
      ).toEqual(new Set([...open].map((number) => `fnd_${number}`)))
    }),
    { numRuns: 300 },
  )
})

test('severities of a digest are counted each', () => {
  const { add, compose: composeAt, texts } = bench(sampleRules(), false)
  const severities: readonly Severity[] = ['low', 'critical', 'medium', 'critical']
  add(...severities.map((severity, at) => notice(at * 3, { severity })))
  composeAt(startMs + 5_000)
  expect(texts).toEqual(['new: 4 findings of a.example.com (2 critical, 1 medium, 1 low)'])
})
