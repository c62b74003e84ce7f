// Answers every request of HTTP/2 by prior knowledge on port 80 of all addresses, calls of gRPC with a message and its trailers; tells its parent when it listens.
import { createServer } from 'node:http2'
import { once } from 'node:events'

import { grpcBody, protobufField } from '../traffic/protobuf.ts'

const server = createServer()
server.on('stream', (stream, headers) => {
  const isCall = headers['content-type'] === 'application/grpc'
  stream.resume().on('end', () => {
    stream.respond({ ':status': 200, 'content-type': isCall ? 'application/grpc' : 'application/json' }, { waitForTrailers: isCall })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(isCall ? grpcBody([protobufField(1, 'ana@example.com')]) : '{"id":1}')
  })
})
await once(server.listen(80), 'listening')
process.send?.({ kind: 'ready' })
process.on('disconnect', () => process.exit())
