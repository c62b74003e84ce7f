import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'

import { rfc3339 } from '../../base/clock.ts'
import { TapistryError } from '../../base/errors.ts'
import type { Severity } from '../../inventory/document.ts'
import type { AddressGuard } from '../addresses.ts'
import type { Channel } from '../channel.ts'
import { connectionReason } from '../connection_reason.ts'
import { denied, guardedLookup } from '../guarded_lookup.ts'
import type { AlertMessage } from '../message.ts'
import { cefLines } from './cef.ts'

export interface Syslog {
  readonly host: string
  readonly port: number
  readonly protocol: 'tcp' | 'tls' | 'udp'
  readonly mayReach: AddressGuard
  readonly timeoutMs: number
}

/**
 * Messages of RFC 5424, one a finding, with CEF in them. Over TCP and TLS they have octet counts (RFC 6587), and the collector has taken them when it has read to
 * the end and closes; syslog itself acknowledges nothing, and over UDP nobody knows.
 */
export function syslog(options: Syslog, publicUrl: string): Pick<Channel, 'canEdit' | 'paceMs' | 'deliver'> {
  return {
    canEdit: false,
    paceMs: 0,
    async deliver(message, signal) {
      try {
        const frames = framesOf(message, publicUrl)
        if (isIP(options.host) !== 0 && !options.mayReach(options.host)) throw denied(options.host)
        await (options.protocol === 'udp' ? sendDatagrams(frames, options) : sendStream(frames, options, signal))
        return { kind: 'sent', reference: null }
      } catch (thrown) {
        return { kind: 'later', problem: thrown instanceof TapistryError ? thrown.message : `${options.host}: ${connectionReason(thrown)}`, afterMs: null }
      }
    },
  }
}

function framesOf(message: AlertMessage, publicUrl: string): Buffer[] {
  const moment = rfc3339(message.atMs) ?? '-'
  return cefLines(message, publicUrl).map(({ severity, text }) =>
    Buffer.from(`<${facility * 8 + levels[severity]}>1 ${moment} ${hostname()} tapistry - alert - ${text}`),
  )
}

/** local0 */
const facility = 16
const levels: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, info: 6 }

async function sendStream(frames: readonly Buffer[], { host, port, protocol, mayReach, timeoutMs }: Syslog, signal: AbortSignal): Promise<void> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  await new Promise<void>((resolve, reject) => {
    const options = { host, port, lookup: guardedLookup(mayReach) }
    const socket: Socket = protocol === 'tls' ? connectTls({ ...options, servername: isIP(host) === 0 ? host : '' }) : connect(options)
    const giveUp = (): void => void socket.destroy(new TapistryError('OUTPUT', `${host}: it did not take all of it within ${timeoutMs / 1000} s`))
    ended.addEventListener('abort', giveUp, { once: true })
    socket.on('error', reject)
    socket.on('close', (hadError) => {
      ended.removeEventListener('abort', giveUp)
      if (!hadError) resolve()
    })
    // Whatever it says is not listened to.
    socket.resume()
    socket.on(protocol === 'tls' ? 'secureConnect' : 'connect', () => {
      for (const frame of frames) {
        socket.write(`${frame.length} `)
        socket.write(frame)
      }
      socket.end()
    })
  })
}

async function sendDatagrams(frames: readonly Buffer[], { host, port, mayReach }: Syslog): Promise<void> {
  const { address, family } = await lookup(host)
  if (!mayReach(address)) throw denied(address)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  try {
    for (const frame of frames) {
      await new Promise<void>((resolve, reject) => socket.send(frame, port, address, (problem) => (problem === null ? resolve() : reject(problem))))
    }
  } finally {
    socket.close()
  }
}
