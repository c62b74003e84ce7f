import { createSocket } from 'node:dgram'
import { once } from 'node:events'

import { failureOf, type Counts, type Listener, type ListenAddress } from './listener.ts'
import type { Receiver } from './receiver.ts'

/** What the kernel is asked to hold while we are busy; it gives at most `net.core.rmem_max`. What does not fit there is lost unseen. */
const kernelBytes = 8 * 2 ** 20

/** Receives syslog over UDP (RFC 5426). Rejects with the error of the system where it cannot. */
export async function listenForDatagrams({ host, port }: ListenAddress, receiver: Receiver, counts: Counts): Promise<Listener> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: kernelBytes })
  socket.on('message', (bytes) => counts.add(receiver.datagram(bytes) ? 'datagrams' : 'datagramsDropped'))
  const failed = failureOf(socket)
  socket.bind(port, host)
  await Promise.race([once(socket, 'listening'), failed])
  return {
    protocol: 'udp',
    port: socket.address().port,
    failed,
    async close() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
