import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly login: string | null
  readonly data: string
}

export interface SmtpServer {
  readonly port: number
  readonly mails: readonly Mail[]
  /** Answers the next command of this kind so. */
  fail(verb: string, answer: string): void
  close(): void
}

/** As much of RFC 5321 as takes mail, with AUTH PLAIN; over TLS from the start where there is a certificate. */
export async function openSmtp(pem: Buffer | null = null): Promise<SmtpServer> {
  const mails: Mail[] = []
  const failures = new Map<string, string>()
  const server = pem === null ? createServer(serve) : createTlsServer({ cert: pem, key: pem }, serve)

  function serve(socket: Socket): void {
    let [text, from, login, isData] = ['', '', null as string | null, false]
    let to: string[] = []
    const say = (line: string): void => void socket.write(`${line}\r\n`)
    const take = (line: string): void => {
      const [verb = ''] = line.toUpperCase().split(/[ :]/)
      const failure = failures.get(verb)
      if (failure !== undefined) {
        failures.delete(verb)
        return say(failure)
      }
      if (verb === 'EHLO') return say('250-loopback\r\n250 AUTH PLAIN')
      if (verb === 'AUTH') login = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('utf8')
      if (verb === 'AUTH') return say('235 ok')
      if (verb === 'MAIL') from = /<([^>]*)>/.exec(line)?.[1] ?? ''
      if (verb === 'RCPT') to = [...to, /<([^>]*)>/.exec(line)?.[1] ?? '']
      if (verb === 'DATA') isData = true
      if (verb === 'QUIT') return void socket.end('221 bye\r\n')
      return say(verb === 'DATA' ? '354 go on' : '250 ok')
    }
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (;;) {
        const mark = isData ? '\r\n.\r\n' : '\r\n'
        const at = text.indexOf(mark)
        if (at < 0) return
        const part = text.slice(0, at)
        text = text.slice(at + mark.length)
        if (!isData) take(part)
        else {
          isData = false
          mails.push({ from, to, login, data: part.replaceAll('\r\n..', '\r\n.') })
          say('250 queued')
        }
      }
    })
    say(failures.get('GREETING') ?? '220 loopback ESMTP')
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, mails, fail: (verb, answer) => void failures.set(verb, answer), close: () => void server.close() }
}
