import { open } from 'node:fs/promises'

import { seeded } from './random.ts'
import { loadCall } from './traffic.ts'

/** A day of traffic, file by file. */
export interface SoakLoad {
  /** Writes the lines of the next file. */
  write(path: string): Promise<void>
}

/**
 * A log of 240 services whose `lines` lines are spread evenly over a day and come in so many files. Identifiers, clients and query values are ever new; one
 * line in 200 is of a scanner that tries paths of 30 services, one in 2,000 has a new user agent, one in a million a host of nobody.
 */
export function soakLoad(lines: number, files: number): SoakLoad {
  const between = seeded(4)
  let [written, file] = [0, 0]
  let [second, time] = [-1, '']

  function line(): string {
    const now = Math.floor((written * daySeconds) / lines)
    if (now !== second) [second, time] = [now, logTime(now)]
    const { host, method, target, status } = loadCall(between)
    const noise = between(0, 999_999)
    const isScan = noise % 200 === 1
    const service = noise === 0 ? `h${between(0, 0xffff_ffff)}.example.net` : `${between(1, isScan ? 5 : 40)}.${host}`
    const [path, answer] = isScan ? [`/${words[between(0, words.length - 1)]}/${between(0, 0xffff_ffff).toString(36)}.php`, 404] : [target, status]
    const agent = noise % 2_000 === 2 ? `client/${between(0, 0xffff_ffff)}` : agents[noise % agents.length]
    const client = `${between(1, 223)}.${between(0, 255)}.${between(0, 255)}.${between(1, 254)}`
    return `${service}:443 ${client} - - [${time} +0000] "${method} ${path} HTTP/1.1" ${answer} ${between(90, 20_000)} "-" "${agent}"\n`
  }

  return {
    async write(path) {
      file += 1
      const until = Math.round((lines * file) / files)
      const handle = await open(path, 'a')
      try {
        while (written < until) {
          let text = ''
          for (; written < until && text.length < pieceBytes; written += 1) text += line()
          await handle.appendFile(text)
        }
      } finally {
        await handle.close()
      }
    },
  }
}

const daySeconds = 86_400
const pieceBytes = 256 << 10
const words = ['wp-admin', 'cgi-bin', 'vendor', 'old', 'backup', 'test', '.git', 'phpmyadmin'] as const
const agents = ['Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0', 'okhttp/5.0.0', 'curl/8.9.1'] as const

/** `02/Mar/2026:09:15:00` of so many seconds after the day began. */
function logTime(second: number): string {
  const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60]
  return `02/Mar/2026:${parts.map((part) => String(part).padStart(2, '0')).join(':')}`
}
