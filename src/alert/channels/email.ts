import { lookup } from 'node:dns/promises'
import { isIP, Socket } from 'node:net'

import { systemCode, TapistryError } from '../../base/errors.ts'
import type { AddressGuard } from '../addresses.ts'
import type { Channel, Outcome } from '../channel.ts'
import { connectionReason } from '../connection_reason.ts'
import { denied } from '../guarded_lookup.ts'
import type { AlertMessage } from '../message.ts'
import { plainText } from '../plain_text.ts'
import { cut, headline, stateWord } from '../words.ts'

export interface Email {
  readonly host: string
  readonly port: number
  /** `starttls` never goes on in clear. */
  readonly security: 'starttls' | 'tls' | 'none'
  readonly login: { readonly user: string; readonly pass: string } | null
  readonly from: string
  readonly to: readonly string[]
  readonly mayReach: AddressGuard
  readonly timeoutMs: number
}

/** Mail as plain text over SMTP. What comes later answers the first mail; the key is the Message-ID, so that one that comes twice is the same to most programs. */
export function email(options: Email, publicUrl: string): Pick<Channel, 'canEdit' | 'paceMs' | 'deliver'> {
  return {
    canEdit: true,
    paceMs: 1_000,
    async deliver(message, signal) {
      try {
        return await send(options, message, publicUrl, signal)
      } catch (thrown) {
        return outcomeOf(thrown, options.host)
      }
    },
  }
}

async function send(options: Email, message: AlertMessage, publicUrl: string, signal: AbortSignal): Promise<Outcome> {
  const { host, port, security, login, from, to, mayReach, timeoutMs } = options
  const { createTransport } = await import('./smtp_transport.ts')
  const { address } = await lookup(host)
  if (!mayReach(address)) throw denied(isIP(host) === 0 ? `${host} (${address})` : host)
  const socket = new Socket()
  const transport = createTransport({
    socket,
    // The address that was looked at, under the name that its certificate has to be of.
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
    ...(login === null ? {} : { auth: login }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    maxResponseSize: answerBytesMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const id = `<${message.key}@${
    from
      .split('@')
      .at(-1)
      ?.replaceAll(/[^\w.-]/g, '') ?? 'tapistry'
  }>`
  const thread = message.reference
  // Each answer has its time, and all of them together: a server that says a little again and again never falls silent.
  const deadline = AbortSignal.timeout(timeoutMs * conversationTimeouts)
  const over = AbortSignal.any([signal, deadline])
  const end = (): void => void socket.destroy(new Error('it takes too long'))
  over.addEventListener('abort', end, { once: true })
  // One that is ended before nodemailer connects it has nobody yet who hears of it, and would come back with the connection.
  socket.on('error', () => undefined)
  socket.on('connect', () => void (over.aborted && end()))
  try {
    over.throwIfAborted()
    await transport.sendMail({
      from,
      to: [...to],
      subject: cut(`[${stateWord(message)}] ${headline(message)}`, subjectCharactersMax),
      text: plainText(message, publicUrl),
      messageId: id,
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...(thread === null ? {} : { inReplyTo: thread, references: [thread] }),
    })
  } catch (thrown) {
    if (deadline.aborted) throw new TapistryError('OUTPUT', `${host}: the mail is not taken within ${(timeoutMs * conversationTimeouts) / 1000} s`)
    throw thrown
  } finally {
    over.removeEventListener('abort', end)
    transport.close()
  }
  return { kind: 'sent', reference: thread ?? id }
}

const subjectCharactersMax = 200
/** A mail is a dozen answers, most of them at once. */
const conversationTimeouts = 4
const answerBytesMax = 65_536

/** What a server says may be anything; its number says enough. */
function outcomeOf(thrown: unknown, host: string): Outcome {
  if (thrown instanceof TapistryError) return { kind: 'later', problem: thrown.message, afterMs: null }
  const status =
    typeof thrown === 'object' && thrown !== null && 'responseCode' in thrown && typeof thrown.responseCode === 'number' ? thrown.responseCode : null
  if (status !== null) {
    const problem = `${host}: it answers ${status}${systemCode(thrown) === 'EAUTH' ? ' to the login' : ''}`
    return status >= 500 ? { kind: 'refused', problem } : { kind: 'later', problem, afterMs: null }
  }
  const code = systemCode(thrown) ?? ''
  return { kind: 'later', problem: `${host}: ${smtpWords[code] ?? connectionReason(thrown)}`, afterMs: null }
}

const smtpWords: Readonly<Record<string, string>> = {
  ESOCKET: 'the connection failed',
  ECONNECTION: 'the connection failed',
  ETLS: 'it does not speak TLS, or its certificate is not trusted',
  EAUTH: 'it does not take the login',
  EENVELOPE: 'it takes no mail from or to these addresses',
  EPROTOCOL: 'it does not speak SMTP',
}
