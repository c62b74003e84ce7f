import { execFileSync, spawn, type ChildProcess } from 'node:child_process'

/** Who is on the switch: `proxy` 10.77.0.1, `app` 10.77.0.2, `client` 10.77.0.3. */
export type Host = (typeof hosts)[number]

const hosts = ['proxy', 'app', 'client'] as const

/**
 * Hosts in network namespaces of their own on a switch that learns nothing: with `ageing_time 0` a bridge floods like a hub, so that its monitor port, an
 * interface of this namespace without an address, sees what all others say to each other, as a SPAN port does.
 */
export class SpanNetwork {
  readonly #name = `tapistry-${process.pid}`
  readonly #all = ['switch', ...hosts].map((name) => this.#of(name))
  /** At most 15 characters. */
  readonly monitor: string = `tapm${process.pid}`

  /** Throws where namespaces, bridges or `ip` are not to be had; nothing is left then. */
  constructor() {
    try {
      for (const name of this.#all) system('ip', 'netns', 'add', name)
      this.#ip('switch', 'link add hub type bridge ageing_time 0 stp_state 0 mcast_snooping 0')
      this.#ip('switch', 'link set hub up')
      for (const [at, host] of hosts.entries()) {
        this.#ip('switch', `link add ${host} type veth peer name eth0 netns ${this.#of(host)}`)
        this.#plug(host)
        this.#ip(host, `addr add ${addressOf(at)}/24 dev eth0`)
        this.#ip(host, 'link set lo up')
        this.#ip(host, 'link set eth0 up')
      }
      this.#ip('switch', `link add monitor type veth peer name ${this.monitor} netns ${process.pid}`)
      this.#plug('monitor')
      system('ip', 'link', 'set', this.monitor, 'up')
    } catch (thrown) {
      this.close()
      throw thrown
    }
  }

  /** Runs a program on a host; its standard output is piped. */
  start(host: Host, program: string, ...parameters: readonly string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', this.#of(host), program, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  close(): void {
    for (const name of this.#all) {
      try {
        system('ip', 'netns', 'del', name)
      } catch {
        // It was never made.
      }
    }
  }

  #plug(port: string): void {
    this.#ip('switch', `link set ${port} master hub`)
    this.#ip('switch', `link set ${port} up`)
  }

  #ip(host: Host | 'switch', words: string): void {
    system('ip', '-n', this.#of(host), ...words.split(' '))
  }

  #of(host: string): string {
    return `${this.#name}-${host}`
  }
}

function addressOf(at: number): string {
  return `10.77.0.${at + 1}`
}

/** Runs a program; what it says when it fails is thrown. */
function system(program: string, ...parameters: readonly string[]): void {
  execFileSync(program, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
}
