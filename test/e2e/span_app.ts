// An application that answers JSON on port 8080 of all addresses; says when it listens.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const id = Number(/\d+$/.exec(request.url ?? '')?.[0] ?? 0)
  request.resume().on('end', () => {
    response.statusCode = request.method === 'POST' ? 201 : 200
    response.setHeader('content-type', 'application/json')
    const more = request.url?.startsWith('/customers/') ? { email: `customer${id}@example.com` } : {}
    response.end(JSON.stringify({ id, name: `name ${id}`, about: 'x'.repeat((id * 37) % 9_000), ...more }))
  })
})
server.listen(8080, () => console.log('listening'))
