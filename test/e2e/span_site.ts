import { execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { SpanNetwork, type Host } from './span_network.ts'
import { until } from './until.ts'

/** Where nginx answers for `shop.example.com`. */
export const proxyAddress = '10.77.0.1'
/** Where the application answers before which it stands. */
export const appAddress = '10.77.0.2:8080'

/** What a client sends; `{}` in a path is a number that grows. */
interface SpanRequest {
  readonly host: string
  readonly address: string
  readonly method: string
  readonly path: string
  readonly count: number
}

/** A shop on a switch with a monitor port: nginx and behind it an application, and a client that asks both. */
export interface SpanSite {
  /** The interface of this namespace that sees all of it. */
  readonly monitor: string
  /** Starts nginx, which has its files below `folder`, and the application; where nginx writes its log. */
  serve(folder: string): Promise<string>
  /** Throws where an answer is an error. */
  ask(requests: readonly SpanRequest[]): Promise<void>
  close(): Promise<void>
}

/** None where the system has no namespaces for us, or no nginx; it says why. */
export function spanSite(): SpanSite | null {
  let network: SpanNetwork
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    network = new SpanNetwork()
  } catch (error) {
    console.log(`skipped: a monitor port needs root, network namespaces with bridges, and nginx: ${String(error).split('\n').join(' ')}`)
    return null
  }
  const children: ChildProcess[] = []
  const started = (host: Host, program: string, ...parameters: readonly string[]): ChildProcess => {
    const child = network.start(host, program, ...parameters)
    children.push(child)
    return child
  }
  const script = (host: Host, file: URL, ...parameters: readonly string[]): ChildProcess => started(host, process.execPath, fileURLToPath(file), ...parameters)
  const codeOf = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0]
  return {
    monitor: network.monitor,
    serve: async (folder) => {
      const prefix = join(folder, 'nginx')
      const log = join(prefix, 'access.log')
      mkdirSync(join(prefix, 'files'), { recursive: true })
      const items = Array.from({ length: 400 }, (_, id) => ({ id, sku: `sku-${id}` }))
      writeFileSync(join(prefix, 'files', 'catalog.json'), JSON.stringify({ items }))
      writeFileSync(join(prefix, 'nginx.conf'), nginxConfiguration(log))
      const application = script('app', scripts.app)
      await once(application.stdout ?? application, 'data')
      started('proxy', 'nginx', '-p', prefix, '-e', join(prefix, 'error.log'), '-c', join(prefix, 'nginx.conf'))
      // It listens once a request of its own host is answered; the monitor port is not read yet.
      await until(async () => (await codeOf(script('proxy', scripts.client, 'ready', '127.0.0.1', 'GET', '/ready', '1'))) === 0)
      return log
    },
    ask: async (requests) => {
      const words = requests.flatMap(({ host, address, method, path, count }) => [host, address, method, path, String(count)])
      const code = await codeOf(script('client', scripts.client, ...words))
      if (code !== 0) throw new Error(`the client ended with ${String(code)}`)
    },
    close: async () => {
      // Not killed: nginx has children of its own to end.
      const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      await Promise.all(
        running.map(async (child) => {
          child.kill('SIGTERM')
          await once(child, 'exit')
        }),
      )
      network.close()
    },
  }
}

const scripts = { app: new URL('span_app.ts', import.meta.url), client: new URL('span_client.ts', import.meta.url) }

function nginxConfiguration(log: string): string {
  return `daemon off;
user root;
worker_processes 2;
pid nginx.pid;
events {}
http {
  types { application/json json; }
  server {
    listen 80;
    access_log ${log} combined;
    location /files/ { root .; }
    location = /ready { access_log off; return 204; }
    location / { proxy_pass http://${appAddress}; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`
}
