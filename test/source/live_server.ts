// Answers every request on port 80 and 8080 of all addresses, and over TLS on 443 with the key and the certificate in the files that are named; tells its parent
// when it listens.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { once } from 'node:events'

const [key, cert] = process.argv.slice(2).map((file) => readFileSync(file))
const plain = [80, 8080].map((port) => createServer(answer).listen(port))
const servers = key === undefined || cert === undefined ? plain : [...plain, createTlsServer({ key, cert }, answer).listen(443)]
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
