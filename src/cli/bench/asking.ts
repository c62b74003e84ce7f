import { Agent, get } from 'node:http'

/** What came of requests that went out at a steady rate. */
interface Answers {
  readonly asksPerSecond: number
  readonly failed: number
  readonly answerBytes: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/**
 * Asks for endpoints in many ways at a steady rate, whether or not what was asked before is answered. The time of an answer begins when its request was due, so
 * one that had to wait for this process or for a connection counts in full.
 */
export function startAsking(url: string, perSecond: number, seconds: number): { readonly ended: Promise<Answers> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  const cursors = new Map<string, string>()
  const startedMs = performance.now()
  const wallMs: number[] = []
  let [asked, failed, bytes] = [0, 0, 0]

  return {
    ended: new Promise((resolve) => {
      const timer = setInterval(() => {
        for (; asked < perSecond * seconds && performance.now() - startedMs >= (asked * 1000) / perSecond; asked += 1) ask(asked)
      }, stepMs)

      function ask(index: number): void {
        const dueMs = startedMs + (index * 1000) / perSecond
        const path = paths[index % paths.length] ?? ''
        get(`${url}/api/v1/endpoints?${path}${cursors.get(path) ?? ''}`, { agent }, (response) => {
          let end: Buffer = Buffer.alloc(0)
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            end = chunk.length >= endBytes ? chunk : Buffer.concat([end, chunk]).subarray(-endBytes)
          })
          response.on('end', () => {
            const [, next] = /"nextCursor":"([^"]+)"\}$/.exec(end.subarray(-endBytes).toString()) ?? []
            cursors.set(path, next === undefined ? '' : `&cursor=${next}`)
            answered(dueMs, response.statusCode === 200)
          })
        }).on('error', () => answered(dueMs, false))
      }

      function answered(dueMs: number, isWell: boolean): void {
        wallMs.push(performance.now() - dueMs)
        if (!isWell) failed += 1
        if (wallMs.length < perSecond * seconds) return
        clearInterval(timer)
        agent.destroy()
        resolve(summary())
      }
    }),
  }

  function summary(): Answers {
    const sorted = wallMs.toSorted((one, other) => one - other)
    const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10
    const tookSeconds = (performance.now() - startedMs) / 1000
    return {
      asksPerSecond: Math.round(wallMs.length / tookSeconds),
      failed,
      answerBytes: Math.round(bytes / wallMs.length),
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      maxMs: at(1),
    }
  }
}

const stepMs = 2
const endBytes = 1000

/** Every order, and filters that few, many, all and none pass; each goes on from page to page where there is one more. */
const paths: readonly string[] = [
  'limit=100',
  'sort=-risk',
  'sort=-exchanges',
  'sort=-lastSeen&limit=100',
  'sort=template',
  'sort=firstSeen',
  'service=service-0001.example.com',
  'method=post&sort=-exchanges',
  'label=shadow&sort=method',
  'q=orders&limit=100',
  'minRisk=10&source=logs',
  'q=nowhere',
]
