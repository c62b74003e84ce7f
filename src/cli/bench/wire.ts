import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

/** A pair of virtual interfaces: what is sent at its far end, which nobody else can reach, arrives at `monitor`. */
export interface Wire {
  /** An interface of this network namespace without an address; at most 15 characters. */
  readonly monitor: string
  /** Sends the frames of a capture with the program `replayer`, as fast as `megabits` a second: once, or again and again. */
  replay(replayer: string, capture: string, megabits: number, again?: Again): Promise<Sent>
  close(): void
}

/** For how long it is sent again, and the number of the first pass: each has hosts of its own by its number. */
interface Again {
  readonly seconds: number
  readonly first: number
}

interface Sent {
  readonly packets: number
  /** Of frames, link headers included. */
  readonly bytes: number
  readonly seconds: number
  /** The number of a next pass. */
  readonly next: number
}

/** Throws where namespaces, virtual interfaces or `ip` are not to be had; nothing is left then. */
export function openWire(): Wire {
  opened += 1
  const [monitor, namespace] = [`tapw${process.pid}n${opened}`, `tapistry-wire-${process.pid}-${opened}`]
  ip(`netns add ${namespace}`)
  // The pair goes with either end, and the far one with its namespace.
  const close = (): void => ip(`netns del ${namespace}`)
  try {
    ip(`link add ${monitor} type veth peer name far netns ${namespace}`)
    // Without addresses neither end says a word of its own.
    ip(`link set ${monitor} addrgenmode none`)
    ip(`-n ${namespace} link set far addrgenmode none`)
    ip(`link set ${monitor} up`)
    ip(`-n ${namespace} link set far up`)
  } catch (thrown) {
    close()
    throw thrown
  }
  return {
    monitor,
    async replay(replayer, capture, megabits, again) {
      const words = [
        'netns',
        'exec',
        namespace,
        replayer,
        'far',
        capture,
        String(megabits),
        ...(again === undefined ? [] : [String(again.seconds), String(again.first)]),
      ]
      const { stdout } = await promisify(execFile)('ip', words)
      return JSON.parse(stdout) as Sent
    },
    close,
  }
}

let opened = 0

function ip(words: string): void {
  execFileSync('ip', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] })
}
