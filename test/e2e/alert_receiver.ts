/** A receiver of webhooks in a process of its own: what it takes stands in a file before it answers. It lies, hangs and ends connections as its seed says. */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

import { Random } from '../traffic/random.ts'

const [port = '0', path = '', seed = '0'] = process.argv.slice(2)
const random = new Random(Number(seed))

createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  request.on('error', () => undefined)
  request.on('end', () => {
    const mood = random.below(20)
    if (mood === 0) return response.writeHead(429, { 'retry-after': '1' }).end()
    if (mood === 1) return response.writeHead(503).end()
    if (mood === 2) return
    appendFileSync(path, `${JSON.stringify({ id: request.headers['webhook-id'], text })}\n`)
    // Taken, and nobody is told.
    if (mood === 3) return request.socket.destroy()
    return response.writeHead(204).end()
  })
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'))
