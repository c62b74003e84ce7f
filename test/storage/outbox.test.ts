import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { memoryRepository } from '../../src/storage/memory.ts'
import type { NewNotice, Outbox } from '../../src/storage/outbox.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { change } from './sample.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-outbox-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const kinds: ReadonlyArray<readonly [name: string, open: () => Repository]> = [
  ['memory', memoryRepository],
  ['sqlite', () => sqliteRepository(join(folder, 'tapistry.db'))],
]

function notice(fingerprint: string, more: Partial<NewNotice> = {}): NewNotice {
  const details = { title: `about ${fingerprint}` }
  return { channel: 'security', fingerprint, what: 'opened', mark: 'high', severity: 'high', bundle: 'svc_1', atMs: 1_000, details, ...more }
}

function put(repository: Repository, ...notices: NewNotice[]): void {
  repository.commit(change({ basis: repository.load().generation, notices }))
}

/** One message of the notices with these ids, sent where a reference is given. */
function told(outbox: Outbox, key: string, ids: readonly number[], reference?: string): number {
  outbox.compose([{ key, channel: 'security', form: 'new', of: null, atMs: 5_000, notices: ids }])
  const id = outbox.next('security')?.id ?? 0
  if (reference !== undefined) outbox.settle(id, { state: 'sent', reference })
  return id
}

describe.each(kinds)('%s', (_, open) => {
  test('keeps notices with the commit that brings them, and not with one that is refused', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b', { channel: 'other' }))
    expect(() => repository.commit(change({ basis: 7, notices: [notice('c')] }))).toThrow(/another run/)
    expect(outbox.channels().toSorted()).toEqual(['other', 'security'])
    const { details: _details, ...shown } = notice('a')
    expect(outbox.waiting('security')).toEqual([{ id: 1, ...shown }])
    expect([outbox.size(), outbox.counts('security'), outbox.next('security')]).toEqual([2, { waiting: 1, dead: 0 }, null])
    repository.close()
  })

  test('a commit of notices beside inputs that are known is none that is known', () => {
    const repository = open()
    const positions = [{ digest: 'a'.repeat(64), bytes: 1 }]
    repository.commit(change({ positions }))
    expect(repository.commit(change({ basis: 1, positions, notices: [notice('a')] }))).toBe('committed')
    repository.close()
  })

  test('makes messages of notices and hands them out in order until they are sent', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b'), notice('c', { bundle: 'svc_2' }))
    const of = { channel: 'security', form: 'new', of: null, atMs: 5_000 } as const
    outbox.compose([
      { ...of, key: 'k1', notices: [1, 2] },
      { ...of, key: 'k2', notices: [3] },
    ])
    const first = { id: 1, ...of, key: 'k1', state: 'waiting', tries: 0, notBeforeMs: 0, reference: null, problem: null }
    expect(outbox.next('security')).toEqual(first)
    expect(outbox.noticesOf(1)).toEqual([
      { id: 1, ...notice('a') },
      { id: 2, ...notice('b') },
    ])
    outbox.settle(1, { state: 'waiting', tries: 1, notBeforeMs: 9_000, problem: 'it answers 503' })
    expect(outbox.next('security')).toEqual({ ...first, tries: 1, notBeforeMs: 9_000, problem: 'it answers 503' })
    outbox.settle(1, { state: 'sent', reference: 'C1 1.2' })
    expect(outbox.message(1)).toEqual({ ...first, tries: 1, state: 'sent', reference: 'C1 1.2' })
    expect([outbox.next('security')?.key, outbox.counts('security')]).toEqual(['k2', { waiting: 1, dead: 0 }])
    expect(outbox.opening('security', 'b', 9)).toEqual({ notice: { id: 2, ...notice('b') }, message: outbox.message(1) })
    expect([outbox.opening('security', 'b', 2), outbox.opening('security', 'z', 9)]).toEqual([null, null])
    expect([outbox.lastComposedMs('security', 'svc_2'), outbox.lastComposedMs('security', 'svc_3')]).toEqual([5_000, null])
    expect([outbox.composedSince('security', 5_000), outbox.composedSince('security', 5_001), outbox.composedSince('other', 0)]).toEqual([2, 0, 0])
    repository.close()
  })

  test('lists messages, newest first, by channel and state', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b'), notice('c'), notice('d', { channel: 'other' }))
    const of = { form: 'new', of: null, atMs: 5_000 } as const
    outbox.compose([1, 2, 3, 4].map((number) => Object.assign({ key: `k${number}`, channel: number === 4 ? 'other' : 'security', notices: [number] }, of)))
    outbox.settle(1, { state: 'sent', reference: null })
    outbox.settle(3, { state: 'dead', tries: 3, problem: 'it answers 403' })
    const listed = (channel: string | null, state: 'waiting' | 'sent' | 'dead' | null, beforeId: number | null = null, limit = 9): readonly number[] =>
      outbox.messages({ channel, state }, beforeId, limit).map(({ id }) => id)
    expect(listed(null, null)).toEqual([4, 3, 2, 1])
    expect([listed('security', null), listed(null, 'waiting'), listed('security', 'waiting'), listed('none', null)]).toEqual([[3, 2, 1], [4, 2], [2], []])
    expect([listed(null, null, 3), listed(null, null, null, 2)]).toEqual([
      [2, 1],
      [4, 3],
    ])
    expect(outbox.messages({ channel: null, state: 'dead' }, null, 1)).toEqual([outbox.message(3)])
    repository.close()
  })

  test('counts no edits among the messages, and makes all of them or none', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b'))
    told(outbox, 'k1', [1], 'r')
    const message = { channel: 'security', of: 1, atMs: 6_000 } as const
    outbox.compose([{ ...message, key: 'k2', form: 'edit', notices: [] }])
    expect(outbox.composedSince('security', 0)).toBe(1)
    expect(outbox.next('security')).toMatchObject({ form: 'edit', of: 1 })
    repository.close()
  })

  test('removes what nobody is told of, and only where it is part of no message', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b'), notice('b', { what: 'resolved' }), notice('c'))
    told(outbox, 'k1', [1], 'r')
    outbox.compose([{ key: 'k2', channel: 'security', form: 'new', of: null, atMs: 6_000, notices: [4] }], [1, 2, 3])
    expect([outbox.waiting('security'), outbox.size(), outbox.noticesOf(1).length]).toEqual([[], 2, 1])
    expect(outbox.told().map(({ fingerprint, what }) => `${fingerprint} ${what}`)).toEqual(['a opened', 'c opened'])
    repository.close()
  })

  test('knows what of a message is resolved, and what opened again', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b'), notice('a', { what: 'resolved', details: {} }), notice('a', { details: { again: true } }))
    told(outbox, 'k1', [1, 2], 'r')
    expect([outbox.resolvedSince(1), outbox.resolvedSince(2)]).toEqual([['a'], []])
    expect([outbox.opening('security', 'a', 3)?.message?.reference, outbox.opening('security', 'a', 9)]).toEqual([
      'r',
      { notice: { id: 4, ...notice('a', { details: { again: true } }) }, message: null },
    ])
    told(outbox, 'k2', [3, 4], 'r2')
    expect(outbox.resolvedSince(2)).toEqual([])
    repository.close()
  })

  test('shows dead letters, which wait again when they are asked to', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'))
    const id = told(outbox, 'k1', [1])
    outbox.settle(id, { state: 'dead', tries: 5, problem: 'it answers 404' })
    expect(outbox.dead(0, 10)).toMatchObject([{ id, key: 'k1', state: 'dead', tries: 5, problem: 'it answers 404' }])
    expect([outbox.dead(id, 10), outbox.dead(0, 0), outbox.next('security'), outbox.counts('security')]).toEqual([[], [], null, { waiting: 0, dead: 1 }])
    expect([outbox.retry(id, 8_000), outbox.retry(id, 8_000), outbox.retry(99, 8_000)]).toEqual([true, false, false])
    expect(outbox.next('security')).toMatchObject({ id, state: 'waiting', tries: 0, notBeforeMs: 8_000 })
    repository.close()
  })

  test('knows the last that was said of each finding', () => {
    const repository = open()
    const { outbox } = repository
    put(repository, notice('a'), notice('b'), notice('e', { what: 'happened' }), notice('a', { what: 'resolved', atMs: 2_000, mark: 'low' }))
    const last = { channel: 'security', bundle: 'svc_1' }
    expect(outbox.told()).toEqual([
      { ...last, fingerprint: 'b', what: 'opened', mark: 'high', atMs: 1_000 },
      { ...last, fingerprint: 'a', what: 'resolved', mark: 'low', atMs: 2_000 },
    ])
    repository.close()
  })

  test('removes what is over, then what is dead, and nothing that waits or is open', () => {
    const repository = open()
    const { outbox } = repository
    put(
      repository,
      notice('over'),
      notice('over', { what: 'resolved' }),
      notice('open'),
      notice('open', { what: 'repeated' }),
      notice('open', { what: 'repeated' }),
      notice('event', { what: 'happened' }),
      notice('dead'),
      notice('waits'),
    )
    told(outbox, 'k1', [1, 2, 3, 4, 5, 6], 'r')
    const dead = told(outbox, 'k2', [7])
    outbox.settle(dead, { state: 'dead', tries: 1, problem: 'gone' })
    expect(outbox.trim(8, 9_000)).toBe(0)
    expect(outbox.trim(4, 9_000)).toBe(4)
    expect(outbox.noticesOf(1).map(({ id }) => id)).toEqual([3, 5])
    expect(outbox.dead(0, 10)).toHaveLength(1)
    expect(outbox.trim(1, 9_000)).toBe(1)
    expect([outbox.dead(0, 10), outbox.size(), outbox.waiting('security').map(({ fingerprint }) => fingerprint)]).toEqual([[], 3, ['waits']])
    expect(outbox.told().map(({ fingerprint }) => fingerprint)).toEqual(['open', 'waits'])
    repository.close()
  })
})

test('what was kept on disk is there for the next process', () => {
  const path = join(folder, 'tapistry.db')
  const repository = sqliteRepository(path)
  put(repository, notice('a'))
  repository.outbox.compose([{ key: 'k1', channel: 'security', form: 'new', of: null, atMs: 1, notices: [1] }])
  expect(() => repository.outbox.compose([{ key: 'k1', channel: 'security', form: 'new', of: null, atMs: 1, notices: [] }])).toThrow(/tapistry\.db/)
  repository.close()
  const next = sqliteRepository(path)
  expect(next.outbox.next('security')).toMatchObject({ key: 'k1' })
  next.close()
})
