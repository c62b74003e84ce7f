import type { NewNotice, Notice, Outbox, OutboxMessage } from './outbox.ts'

interface Row extends Notice {
  readonly message: number | null
}

/** The outbox in memory: the same behaviour as on disk. `add` belongs to a commit. */
export function memoryOutbox(): Outbox & { add(notices: readonly NewNotice[]): void } {
  let rows: Row[] = []
  let messages: OutboxMessage[] = []
  let noticeId = 0
  let messageId = 0
  const messageOf = (id: number | null): OutboxMessage | undefined => messages.find((message) => message.id === id)
  const stateOf = (row: Row): OutboxMessage['state'] | undefined => messageOf(row.message)?.state
  const change = (id: number, values: Partial<OutboxMessage>): void => {
    messages = messages.map((message) => (message.id === id ? { ...message, ...values } : message))
  }
  const drop = (count: number, mayGo: (row: Row) => boolean): number => {
    const gone = new Set(rows.filter(mayGo).slice(0, Math.max(0, count)))
    rows = rows.filter((row) => !gone.has(row))
    return gone.size
  }
  const isOver = (row: Row): boolean =>
    stateOf(row) === 'sent' &&
    (row.what === 'happened' ||
      rows.some(
        (later) =>
          later.channel === row.channel &&
          later.fingerprint === row.fingerprint &&
          later.id >= row.id &&
          stateOf(later) === 'sent' &&
          (later.what === 'resolved' || (later.id > row.id && (row.what === 'changed' || row.what === 'repeated'))),
      ))
  return {
    add(notices) {
      for (const notice of notices) rows.push({ id: (noticeId += 1), ...notice, atMs: Math.trunc(notice.atMs), message: null })
    },
    channels: () => [...new Set(rows.map(({ channel }) => channel))],
    told() {
      const last = new Map<string, Row>()
      for (const row of rows) if (row.what !== 'happened') last.set(`${row.channel}\0${row.fingerprint}`, row)
      return [...last.values()]
        .toSorted((one, other) => one.id - other.id)
        .map(({ channel, fingerprint, what, mark, bundle, atMs }) => ({ channel, fingerprint, what, mark, bundle, atMs }))
    },
    waiting: (channel) =>
      rows
        .filter((row) => row.channel === channel && row.message === null)
        .map(({ id, fingerprint, what, mark, severity, bundle, atMs }) => ({ id, channel, fingerprint, what, mark, severity, bundle, atMs })),
    opening(channel, fingerprint, beforeId) {
      const row = rows.findLast(
        ({ id, what, ...notice }) => notice.channel === channel && notice.fingerprint === fingerprint && id < beforeId && what === 'opened',
      )
      return row === undefined ? null : { notice: noticeOf(row), message: messageOf(row.message) ?? null }
    },
    lastComposedMs(channel, bundle) {
      const times = rows.filter((row) => row.channel === channel && row.bundle === bundle).flatMap((row) => messageOf(row.message)?.atMs ?? [])
      return times.length === 0 ? null : Math.max(...times)
    },
    composedSince: (channel, sinceMs) => messages.filter((message) => message.channel === channel && message.atMs >= sinceMs && message.form !== 'edit').length,
    compose(composed, takenBack = []) {
      for (const { notices, ...message } of composed) {
        const id = (messageId += 1)
        messages.push({ id, ...message, state: 'waiting', tries: 0, notBeforeMs: 0, reference: null, problem: null })
        const claimed = new Set(notices)
        rows = rows.map((row) => (claimed.has(row.id) ? { ...row, message: id } : row))
      }
      const gone = new Set(takenBack)
      rows = rows.filter((row) => row.message !== null || !gone.has(row.id))
    },
    next: (channel) => messages.find((message) => message.channel === channel && message.state === 'waiting') ?? null,
    noticesOf: (message) => rows.filter((row) => row.message === message).map(noticeOf),
    settle(id, result) {
      if (result.state === 'sent') change(id, { ...result, notBeforeMs: 0, problem: null })
      else if (result.state === 'dead') change(id, { ...result, notBeforeMs: 0, reference: null })
      else change(id, { ...result, notBeforeMs: Math.trunc(result.notBeforeMs), reference: null })
    },
    message: (id) => messageOf(id) ?? null,
    messages: (of, beforeId, limit) =>
      messages
        .filter(
          ({ id, channel, state }) =>
            (beforeId === null || id < beforeId) && (of.channel === null || of.channel === channel) && (of.state === null || of.state === state),
        )
        .toReversed()
        .slice(0, limit),
    resolvedSince: (message) =>
      rows
        .filter(
          (row) =>
            row.message === message &&
            rows.some(({ id, channel, fingerprint, what }) => channel === row.channel && fingerprint === row.fingerprint && id > row.id && what === 'resolved'),
        )
        .map(({ fingerprint }) => fingerprint),
    dead: (afterId, limit) => messages.filter(({ id, state }) => state === 'dead' && id > afterId).slice(0, limit),
    retry(id, nowMs) {
      const isDead = messageOf(id)?.state === 'dead'
      if (isDead) change(id, { state: 'waiting', tries: 0, notBeforeMs: nowMs })
      return isDead
    },
    counts: (channel) => ({
      waiting: rows.filter((row) => row.channel === channel && (row.message === null || stateOf(row) === 'waiting')).length,
      dead: messages.filter((message) => message.channel === channel && message.state === 'dead').length,
    }),
    size: () => rows.length,
    trim(max, beforeMs) {
      const gone = drop(rows.length - max, isOver) + drop(rows.length - max, (row) => stateOf(row) === 'dead')
      if (gone > 0) messages = messages.filter(({ id, state, atMs }) => state === 'waiting' || atMs >= beforeMs || rows.some(({ message }) => message === id))
      return gone
    },
  }
}

function noticeOf(row: Row): Notice {
  const { message: _, ...notice } = row
  return notice
}
