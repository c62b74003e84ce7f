// Sends so many requests to the servers of some addresses over connections that stay open, and ends.
import { Agent, request } from 'node:http'
import { once } from 'node:events'

const [count, ...authorities] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
await Promise.all(authorities.flatMap((authority) => Array.from({ length: Number(count) }, (_, number) => ask(authority, number))))
agent.destroy()

async function ask(authority: string, number: number): Promise<void> {
  const isOrder = number % 3 === 0
  const asked = request(`http://${authority}${isOrder ? '/orders' : `/users/${number}`}`, {
    agent,
    method: isOrder ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
  })
  asked.end(isOrder ? JSON.stringify({ item: number, note: 'y'.repeat(number % 3000) }) : undefined)
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
  await once(response.resume(), 'end')
}
