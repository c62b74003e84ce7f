import { expect } from 'vitest'

import type { SourceStatus } from '../../src/source/source.ts'
import type { DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

/** Waits until REST shows so many exchanges. */
export async function shows(daemon: DaemonProcess, exchanges: number): Promise<void> {
  const look = async (): Promise<number> => {
    const { items } = await daemon.json<{ items: ReadonlyArray<{ exchanges: number }> }>('/api/v1/services?limit=500')
    return items.reduce((sum, item) => sum + item.exchanges, 0)
  }
  let seen = 0
  await until(
    async () => (seen = await look()) === exchanges,
    () => `${exchanges} exchanges, seen are ${seen}; ${daemon.said()}`,
  )
}

export async function sourceOf(daemon: DaemonProcess, kind: string): Promise<SourceStatus> {
  const { items } = await daemon.json<{ items: readonly SourceStatus[] }>('/api/v1/sources')
  const found = items.find((source) => source.kind === kind)
  if (found === undefined) throw new Error(`no source is ${kind}`)
  return found
}

export async function post(daemon: DaemonProcess, body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return daemon.get('/api/v1/ingest/exchanges', { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson', ...headers } })
}

export async function stopped(daemon: DaemonProcess): Promise<void> {
  daemon.signal('SIGTERM')
  expect(await daemon.ended, daemon.said()).toBe(0)
}

export function exchangeLines(count: number): string {
  return Array.from(
    { length: count },
    (_, at) => `${JSON.stringify({ method: 'GET', host: 'api.example.com', path: `/users/${at}`, status: 200, ts: 1_772_442_000_000 + at })}\n`,
  ).join('')
}
