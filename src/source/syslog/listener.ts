import type { EventEmitter } from 'node:events'

/** A socket that messages come from. */
export interface Listener {
  readonly protocol: SyslogProtocol
  readonly port: number
  /** Of UDP: what the kernel holds at most while we are busy, and how much it dropped since; null where nobody says. */
  readonly kernel?: { readonly bufferBytes: number; drops(): number | null }
  /** Rejects with the error of the system where it breaks; never resolves. */
  readonly failed: Promise<never>
  /** Hears nothing new; resolves when what it had heard is with the receiver. */
  close(): Promise<void>
}

export type SyslogProtocol = 'udp' | 'tcp' | 'tls'

export interface ListenAddress {
  /** An IP address. */
  readonly host: string
  /** 0 for one that the system chooses. */
  readonly port: number
}

/** What is counted by name. */
export interface Counts {
  add(name: string): void
}

/** Rejects with the first error of `socket`; never resolves. */
export function failureOf(socket: EventEmitter): Promise<never> {
  const failed = new Promise<never>((_, reject) => socket.on('error', reject))
  // Whoever waits for it hears of it; nobody has to.
  failed.catch(() => undefined)
  return failed
}
