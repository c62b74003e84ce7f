import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { jarsFolder } from './jars.ts'
import { makeCertificates, type Certificates } from './certificates.ts'

/** Apache Kafka itself, one node in KRaft mode, with an open listener and, where asked for, one for each way of access. */
export class Broker {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'tapistry-kafka-'))
  readonly #jars: string
  readonly #properties: string
  #ports: Readonly<Record<Listener, number>> | null = null
  #certificates: Certificates | null = null
  #process: ChildProcess | null = null

  /** Throws where Java or the jars are not to be had: see `missing`. */
  constructor() {
    this.#properties = join(this.folder, 'server.properties')
    this.#jars = jarsFolder()
  }

  /** Makes the node and starts it. */
  async create(access: 'open' | 'all' = 'open'): Promise<this> {
    const [OPEN, SASL, TLS, CONTROLLER] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
    this.#ports = { OPEN, SASL, TLS, CONTROLLER }
    if (access === 'all') this.#certificates = makeCertificates(this.folder)
    writeFileSync(this.#properties, propertiesOf(this.folder, this.#ports, this.#certificates))
    const users = (access === 'all' ? ['256', '512'] : []).flatMap((size) => [
      '--add-scram',
      `SCRAM-SHA-${size}=[name=${user.username},password=${user.password}]`,
    ])
    this.#run('kafka.tools.StorageTool', 'format', '--cluster-id', 'MkU3OEVBNTcwNTJENDM2Qg', '--config', this.#properties, ...users)
    await this.start()
    return this
  }

  address(listener: Listener = 'OPEN'): string {
    return `127.0.0.1:${this.#port(listener)}`
  }

  get certificates(): Certificates {
    if (this.#certificates === null) throw new Error('this broker has no certificates')
    return this.#certificates
  }

  async start(): Promise<void> {
    this.#process = spawn('java', [...this.#options('-Xmx320m'), 'kafka.Kafka', this.#properties], { stdio: ['ignore', 'ignore', 'ignore'] })
    for (let tries = 0; !(await isOpen(this.#port('OPEN'))); tries += 1) {
      if (tries > 600 || this.#process.exitCode !== null) throw new Error('the broker does not start')
      await sleep(100)
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.#process
    this.#process = null
    if (running === null || running.exitCode !== null) return
    running.kill(signal)
    await once(running, 'exit')
  }

  async close(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  #port(listener: Listener): number {
    if (this.#ports === null) throw new Error('this broker was not created')
    return this.#ports[listener]
  }

  #run(name: string, ...parameters: readonly string[]): void {
    execFileSync('java', [...this.#options('-Xmx128m'), name, ...parameters], { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  /** The second half of the compiler costs more than it gives in so short a life. */
  #options(heap: string): string[] {
    return [heap, '-XX:TieredStopAtLevel=1', '-cp', join(this.#jars, '*')]
  }
}

type Listener = 'OPEN' | 'SASL' | 'TLS' | 'CONTROLLER'

/** Who may log in. */
export const user = { username: 'tapistry', password: 'moth-and-loom' } as const

/** Starts nothing: why no broker can be had here, null where one can. */
export function missingForBroker(): string | null {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
  } catch {
    return 'there is no Java: install openjdk-17-jre-headless'
  }
  try {
    jarsFolder()
    return null
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

function propertiesOf(folder: string, ports: Readonly<Record<Listener, number>>, certificates: Certificates | null): string {
  const names = certificates === null ? (['OPEN'] as const) : (['OPEN', 'SASL', 'TLS'] as const)
  const addresses = names.map((name) => `${name}://127.0.0.1:${ports[name]}`).join(',')
  const login = 'org.apache.kafka.common.security'
  const data = join(folder, 'data')
  mkdirSync(data, { recursive: true })
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports.CONTROLLER}`,
    `listeners=${addresses},CONTROLLER://127.0.0.1:${ports.CONTROLLER}`,
    `advertised.listeners=${addresses}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=OPEN',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL',
    `log.dirs=${data}`,
    'auto.create.topics.enable=false',
    'group.initial.rebalance.delay.ms=0',
    'offsets.topic.num.partitions=1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'message.max.bytes=8388608',
  ]
  if (certificates !== null) {
    lines.push(
      'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      `listener.name.sasl.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_${user.username}="${user.password}";`,
      `listener.name.sasl.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
      `listener.name.sasl.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
      'listener.name.tls.ssl.keystore.type=PEM',
      `listener.name.tls.ssl.keystore.location=${certificates.server}`,
      'listener.name.tls.ssl.truststore.type=PEM',
      `listener.name.tls.ssl.truststore.location=${certificates.ca}`,
      'listener.name.tls.ssl.client.auth=required',
    )
  }
  return `${lines.join('\n')}\n`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const is = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return is
}
