// Reads a capture from its standard input, forgets what comes of it, and says how much memory it took at most and what was counted.
import { openEngine } from '../../src/source/native.ts'

const engine = openEngine({ inputs: ['/dev/stdin'], workers: 1, mode: 'observations' })
for (let batch = await engine.next(); batch !== null;) batch = await engine.next()
console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, counters: engine.counters() }))
