// Asks a server over so many TLS connections, one after the other and each for one request, and writes a key log as clients do: before it uses the keys.
import { appendFileSync } from 'node:fs'
import { request } from 'node:https'
import { once } from 'node:events'

const [count, host, keyLog = ''] = process.argv.slice(2)
for (let number = 0; number < Number(count); number++) {
  const asked = request({ host, path: `/users/${number}`, servername: 'api.example.com', rejectUnauthorized: false, agent: false })
  asked.on('socket', (socket) => socket.on('keylog', (line: Buffer) => appendFileSync(keyLog, line)))
  asked.end()
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
  await once(response.resume(), 'end')
}
