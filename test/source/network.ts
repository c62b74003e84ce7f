import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The side that watches and serves, and the side that asks. */
export type Side = 'near' | 'far'

/** Two network namespaces with a pair of virtual interfaces for each number: `tap<n>` here with 10.9.<n>.1, `far<n>` there with 10.9.<n>.2. */
export class Network {
  readonly #name = `tapistry-${process.pid}`

  /** Throws where namespaces, virtual interfaces or `ip` are not to be had. */
  constructor() {
    for (const side of ['near', 'far'] as const) {
      system('ip', 'netns', 'add', this.#of(side))
      this.ip(side, 'link set lo up')
    }
  }

  pair(number: number): void {
    this.ip('near', `link add tap${number} type veth peer name far${number} netns ${this.#of('far')}`)
    for (const [side, name, address] of [
      ['near', `tap${number}`, `10.9.${number}.1`],
      ['far', `far${number}`, `10.9.${number}.2`],
    ] as const) {
      this.ip(side, `addr add ${address}/24 dev ${name}`)
      this.ip(side, `link set ${name} up`)
    }
  }

  /** A tunnel through the pair `number`, with 10.10.<n>.1 here and 10.10.<n>.2 there. */
  tunnel(number: number): void {
    for (const [side, device, local, remote, address] of [
      ['near', `tap${number}`, `10.9.${number}.1`, `10.9.${number}.2`, `10.10.${number}.1`],
      ['far', `far${number}`, `10.9.${number}.2`, `10.9.${number}.1`, `10.10.${number}.2`],
    ] as const) {
      this.ip(side, `link add vx${number} type vxlan id 42 dev ${device} local ${local} remote ${remote} dstport 4789`)
      this.ip(side, `addr add ${address}/24 dev vx${number}`)
      this.ip(side, `link set vx${number} up`)
    }
  }

  ip(side: Side, words: string): void {
    system('ip', '-n', this.#of(side), ...words.split(' '))
  }

  /** Runs a script of this folder on a side, with a channel for messages; `before` are words that start it. */
  start(side: Side, script: URL, parameters: readonly string[], before: readonly string[] = []): ChildProcess {
    const words = ['netns', 'exec', this.#of(side), ...before, process.execPath, fileURLToPath(script), ...parameters]
    return spawn('ip', words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  close(): void {
    for (const side of ['near', 'far'] as const) execFileSync('ip', ['netns', 'del', this.#of(side)], { stdio: 'ignore' })
  }

  #of(side: Side): string {
    return `${this.#name}-${side}`
  }
}

/** Runs a program; what it says when it fails is thrown. */
function system(program: string, ...parameters: readonly string[]): void {
  execFileSync(program, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
}
