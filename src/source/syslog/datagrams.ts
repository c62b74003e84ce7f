import { createSocket } from 'node:dgram'
import { once } from 'node:events'

import { kernelDrops } from './kernel_drops.ts'
import { failureOf, type Counts, type Listener, type ListenAddress } from './listener.ts'
import type { Receiver } from './receiver.ts'

/** What the kernel is asked to hold while we are busy; it gives at most `net.core.rmem_max`. */
const kernelBytes = 8 * 2 ** 20

/** Receives syslog over UDP (RFC 5426). Rejects with the error of the system where it cannot. */
export async function listenForDatagrams({ host, port }: ListenAddress, receiver: Receiver, counts: Counts): Promise<Listener> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: kernelBytes })
  socket.on('message', (bytes) => counts.add(receiver.datagram(bytes) ? 'datagrams' : 'datagramsDropped'))
  const failed = failureOf(socket)
  socket.bind(port, host)
  await Promise.race([once(socket, 'listening'), failed])
  const address = socket.address()
  return {
    protocol: 'udp',
    port: address.port,
    kernel: { bufferBytes: socket.getRecvBufferSize(), drops: () => kernelDrops(address) },
    failed,
    async close() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
