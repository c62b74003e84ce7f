// Answers every request on port 80 and 8080 of all addresses; tells its parent when it listens.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'

const servers = [80, 8080].map((port) => createServer(answer).listen(port))
await Promise.all(servers.map((server) => once(server, 'listening')))
process.send?.({ kind: 'ready' })
process.on('disconnect', () => process.exit())

function answer(request: IncomingMessage, response: ServerResponse): void {
  const id = Number(/\d+$/.exec(request.url ?? '')?.[0] ?? 0)
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id, name: 'x'.repeat(id % 4000) }))
  })
}
