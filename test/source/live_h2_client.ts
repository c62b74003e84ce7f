// Sends so many requests of HTTP/2, by prior knowledge, and as many calls of gRPC to port 80 of an address, and ends.
import { connect, type OutgoingHttpHeaders } from 'node:http2'
import { once } from 'node:events'

import { grpcBody, protobufField } from '../traffic/protobuf.ts'

const [count, address] = process.argv.slice(2)
const session = connect(`http://${address}`)
for (let number = 0; number < Number(count); number += 1) {
  await ask({ ':path': `/users/${number}` })
  await ask(
    { ':method': 'POST', ':path': '/shop.Orders/Put', 'content-type': 'application/grpc', 'te': 'trailers' },
    grpcBody([protobufField(1, number % 128)]),
  )
}
session.close()

async function ask(headers: OutgoingHttpHeaders, body?: Buffer): Promise<void> {
  const stream = session.request(headers)
  stream.end(body)
  await once(stream.resume(), 'end')
}
