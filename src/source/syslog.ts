import { readFileSync } from 'node:fs'

import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import type { EngineSecrets } from './feed.ts'
import type { Source } from './source.ts'
import { listenForDatagrams } from './syslog/datagrams.ts'
import type { ListenAddress, Listener, SyslogProtocol } from './syslog/listener.ts'
import { openMessages, type MessageOptions } from './syslog/messages.ts'
import { startReceiver } from './syslog/receiver.ts'
import { listenForStreams, type TlsMaterial } from './syslog/streams.ts'

export interface SyslogOptions extends Omit<MessageOptions, 'host'> {
  readonly listen: ListenAddress
  /** UDP and TCP where absent. */
  readonly protocol?: SyslogProtocol
  /** The service of lines that name none. The host of a header is who wrote the line. */
  readonly host?: string
  /** Of protocol `tls`: PEM files. */
  readonly tls?: TlsFiles
}

interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Authority of the certificates that clients have to show; none is asked for where absent. */
  readonly caFile?: string
}

/**
 * Access-log lines that others send by syslog. Nothing can be read again: what is not kept when the process is killed is gone, as are datagrams that
 * nobody could hold: those are counted, also where the kernel dropped them. Throws `TapistryError` (CONFIG) where the format cannot be used.
 */
export function syslogSource({ listen, protocol, format, host = 'unknown (syslog)', tls }: SyslogOptions, engine: EngineSecrets): Source {
  const address = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`
  const messages = openMessages({ host, ...(format === undefined ? {} : { format }) }, engine)
  const counted = new Map<string, number>()
  const counts = { add: (name: string): void => void counted.set(name, (counted.get(name) ?? 0) + 1) }
  let listeners: Listener[] = []
  let isListening = false
  /** What the kernel dropped of sockets that are closed. */
  let dropsBefore = 0
  const kernelDropsNow = (): number => listeners.reduce((sum, { kernel }) => sum + (kernel?.drops() ?? 0), 0)

  return {
    id: protocol === undefined ? `syslog:${address}` : `syslog:${protocol}:${address}`,
    kind: 'syslog',
    async run(sink, signal) {
      const material = tls === undefined ? null : readTls(tls)
      const receiver = startReceiver(messages, (batches) => sink.add({ batches }))
      try {
        for (const name of protocol === undefined ? (['udp', 'tcp'] as const) : [protocol]) {
          const opening = name === 'udp' ? listenForDatagrams(listen, receiver, counts) : listenForStreams(listen, material, receiver, counts)
          listeners.push(await opening.catch((thrown: unknown) => refuse(`${address} (${name})`, thrown)))
        }
        isListening = true
        await Promise.race([aborted(signal), receiver.failed, ...listeners.map(({ failed }) => failed)])
      } finally {
        isListening = false
        dropsBefore += kernelDropsNow()
        const closing = listeners
        listeners = []
        await Promise.all(closing.map((listener) => listener.close()))
        await receiver.close()
      }
    },
    standing: () => ({ state: isListening ? 'up' : 'starting', problem: null }),
    counts() {
      const { lines, exchanges, rejected } = messages.counts()
      const rejections = Object.entries(rejected).map(([reason, { count }]) => [`rejectedBy.${reason}`, count] as const)
      const datagramsDropped = (counted.get('datagramsDropped') ?? 0) + dropsBefore + kernelDropsNow()
      const others = Object.fromEntries([...counted].filter(([name]) => name !== 'datagramsDropped'))
      return { datagrams: 0, datagramsDropped, connections: 0, lines, exchanges, ...others, ...Object.fromEntries(rejections) }
    },
    detail() {
      if (listeners.length === 0) return null
      const held = listeners.flatMap(({ kernel }) => (kernel === undefined ? [] : [`the kernel holds ${kernel.bufferBytes} bytes of datagrams; `]))
      return `${held.join('')}listening on ${listeners.map((listener) => `${listener.protocol} port ${listener.port}`).join(' and ')}`
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function refuse(place: string, thrown: unknown): never {
  const code = systemCode(thrown) ?? ''
  const reason = code.startsWith('ERR_OSSL') ? `the certificate, its key or the authority is no PEM that can be used (${code})` : systemReason(thrown)
  throw new TapistryError('INPUT', `syslog cannot be received on ${place}: ${reason}`, { cause: thrown })
}

function readTls({ certFile, keyFile, caFile }: TlsFiles): TlsMaterial {
  return { cert: readPem(certFile), key: readPem(keyFile), ...(caFile === undefined ? {} : { ca: readPem(caFile) }) }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (thrown) {
    throw new TapistryError('CONFIG', `${path}: ${systemReason(thrown)}`, { cause: thrown })
  }
}
