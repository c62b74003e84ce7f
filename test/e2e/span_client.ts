// Sends requests over connections that stay open and some that do not: `HOST ADDRESS METHOD PATH COUNT` each, `{}` in a path is a number.
import { Agent, request } from 'node:http'
import { once } from 'node:events'

const words = process.argv.slice(2)
const agents = [new Agent({ keepAlive: true, maxSockets: 6 }), new Agent({ keepAlive: false, maxSockets: 4 })] as const
for (let at = 0; at < words.length; at += 5) {
  const [host = '', address = '', method = '', path = '', count = ''] = words.slice(at, at + 5)
  await Promise.all(Array.from({ length: Number(count) }, (_, number) => ask(host, address, method, path.replace('{}', String(1_000 + number)), number)))
}
for (const agent of agents) agent.destroy()

async function ask(host: string, address: string, method: string, path: string, number: number): Promise<void> {
  const agent = agents[number % 5 === 0 ? 1 : 0]
  const asked = request(`http://${address}${path}`, { agent, method, headers: { host, 'content-type': 'application/json', 'user-agent': 'span/1' } })
  asked.end(method === 'POST' ? JSON.stringify({ item: number, note: 'y'.repeat((number * 211) % 5_000) }) : undefined)
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
  await once(response.resume(), 'end')
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode}`)
}
