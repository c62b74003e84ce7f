import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'

import { addressGuard } from '../../src/alert/addresses.ts'
import type { Outcome } from '../../src/alert/channel.ts'
import { email, type Email } from '../../src/alert/channels/email.ts'
import type { AlertMessage } from '../../src/alert/message.ts'
import { makeCertificates } from '../source/kafka/certificates.ts'
import { digestItems, sampleItem, sampleMessage } from './sample_channel.ts'
import { openSmtp, type SmtpServer } from './smtp_server.ts'

const password = 'very-secret'

async function opened(pem: Buffer | null = null): Promise<SmtpServer> {
  const server = await openSmtp(pem)
  onTestFinished(server.close)
  return server
}

function deliver(message: AlertMessage, port: number, more: Partial<Email> = {}, signal = new AbortController().signal): Promise<Outcome> {
  const login = { user: 'alerts', pass: password }
  const addresses = { from: 'Tapistry <tapistry@example.com>', to: ['a@example.com', 'b@example.com'] }
  const options: Email = { host: '127.0.0.1', port, security: 'none', login, ...addresses, mayReach: addressGuard(['127.0.0.1'], ''), timeoutMs: 500, ...more }
  return email(options, 'https://t.example.com').deliver(message, signal)
}

/** Header fields, unfolded. */
function fieldsOf(data: string): ReadonlyMap<string, string> {
  const [head = ''] = data.split('\r\n\r\n')
  return new Map(
    head
      .replaceAll(/\r\n\s+/g, ' ')
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
}

const id = '<alert_0123456789abcdef@example.com>'

test('a finding is a mail to all, known by its key', async () => {
  const { port, mails } = await opened()
  expect(await deliver(sampleMessage(), port)).toEqual({ kind: 'sent', reference: id })
  expect(mails).toMatchObject([{ from: 'tapistry@example.com', to: ['a@example.com', 'b@example.com'], login: `\u0000alerts\u0000${password}` }])
  const data = mails[0]?.data ?? ''
  expect(fieldsOf(data).get('message-id')).toBe(id)
  expect(fieldsOf(data).get('subject')).toBe('[high] shop.example.com serves 3 endpoints without any registered spec')
  expect(fieldsOf(data).get('auto-submitted')).toBe('auto-generated')
  expect(data.replaceAll('=\r\n', '')).toContain('https://t.example.com/api/v1/services/svc_1')
  expect(data).not.toContain(password)
})

test('what comes later answers the first mail', async () => {
  const { port, mails } = await opened()
  expect(await deliver(sampleMessage([sampleItem({ what: 'resolved' })], { form: 'edit', reference: id, key: 'alert_2' }), port)).toEqual({
    kind: 'sent',
    reference: id,
  })
  const fields = fieldsOf(mails[0]?.data ?? '')
  expect([fields.get('message-id'), fields.get('in-reply-to'), fields.get('references')]).toEqual(['<alert_2@example.com>', id, id])
  expect(fields.get('subject')).toMatch(/^\[resolved\] Resolved: /)
})

test('names of hosts write no header fields of their own, and digests are cut', async () => {
  const { port, mails } = await opened()
  expect(await deliver(sampleMessage([sampleItem({ title: 'a\r\nBcc: evil@example.com\r\n\r\nbody' })]), port)).toMatchObject({ kind: 'sent' })
  expect(await deliver(sampleMessage(digestItems), port)).toMatchObject({ kind: 'sent' })
  expect(mails.map(({ to }) => to.length)).toEqual([2, 2])
  expect(fieldsOf(mails[0]?.data ?? '').has('bcc')).toBe(false)
  expect(mails[1]?.data).toContain('and 11 more')
})

const refusals: ReadonlyArray<readonly [verb: string, answer: string, outcome: Outcome]> = [
  ['AUTH', `535 5.7.8 ${password}`, { kind: 'refused', problem: '127.0.0.1: it answers 535 to the login' }],
  ['RCPT', `450 4.2.1 ${password}`, { kind: 'later', problem: '127.0.0.1: it answers 450', afterMs: null }],
  ['MAIL', `550 5.1.0 ${password}`, { kind: 'refused', problem: '127.0.0.1: it answers 550' }],
  ['DATA', `421 4.3.0 ${password}`, { kind: 'later', problem: '127.0.0.1: it answers 421', afterMs: null }],
]

test.each(refusals)('a refusal of %s is understood by its number', async (verb, answer, outcome) => {
  const server = await opened()
  // The second recipient would be taken.
  server.fail(verb, answer)
  expect(await deliver(sampleMessage(), server.port, { to: ['a@example.com'] })).toEqual(outcome)
})

/** A server that greets, and then says this whenever it can, or every few milliseconds. */
async function babbling(greeting: string, text: string, everyMs: number | null): Promise<{ readonly port: number; readonly left: Promise<unknown> }> {
  const { promise: left, resolve } = Promise.withResolvers()
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    socket.write(greeting)
    const more = (): void => {
      while (!socket.destroyed && socket.write(text));
    }
    const ticking = everyMs === null ? undefined : setInterval(() => socket.write(text), everyMs)
    if (everyMs === null) more()
    socket.on('drain', more)
    socket.on('close', () => {
      clearInterval(ticking)
      resolve(null)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, left }
}

test.each([
  ['a line that does not end', '', 'x'.repeat(65_536), null, 10_000],
  ['an answer that does not end', '220 a\r\n', '250-x\r\n'.repeat(10_000), null, 10_000],
  ['an answer that goes on and on, slowly', '220 a\r\n', '250-x\r\n', 20, 100],
])('%s is left', async (_, greeting, text, everyMs, timeoutMs) => {
  const { port, left } = await babbling(greeting, text, everyMs)
  expect(await deliver(sampleMessage(), port, { timeoutMs })).toEqual({ kind: 'later', problem: expect.stringMatching(/^127\.0\.0\.1: /), afterMs: null })
  await left
})

test('who asks may end it', async () => {
  const { port } = await babbling('220 a\r\n', '250-x\r\n', 20)
  const asking = new AbortController()
  const asked = deliver(sampleMessage(), port, { timeoutMs: 60_000 }, asking.signal)
  setImmediate(() => asking.abort())
  expect(await asked).toMatchObject({ kind: 'later' })
})

test('nothing goes in clear where it should not, nor to where it may not', async () => {
  const { port, mails } = await opened()
  expect(await deliver(sampleMessage(), port, { security: 'starttls' })).toMatchObject({ kind: 'later' })
  expect(await deliver(sampleMessage(), port, { mayReach: addressGuard([], '') })).toMatchObject({
    kind: 'later',
    problem: expect.stringMatching(/allowedNetworks/),
  })
  expect(mails).toEqual([])
})

test('over TLS a server is spoken to whose certificate is trusted, and no other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-email-'))
  const trusted = getCACertificates('default')
  onTestFinished(() => {
    setDefaultCACertificates(trusted)
    rmSync(folder, { recursive: true, force: true })
  })
  const { ca, server } = makeCertificates(folder)
  const { port, mails } = await opened(readFileSync(server))
  expect(await deliver(sampleMessage(), port, { security: 'tls' })).toMatchObject({ kind: 'later' })
  expect(mails).toEqual([])
  setDefaultCACertificates([readFileSync(ca, 'utf8')])
  expect(await deliver(sampleMessage(), port, { security: 'tls' })).toMatchObject({ kind: 'sent' })
  expect(mails).toHaveLength(1)
})
