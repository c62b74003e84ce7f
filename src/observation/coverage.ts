/** What was captured, and what must have been there besides; all of it adds, so parts may be summed in any order before they are compared. */
export interface Captured {
  /** Bytes of streams that were captured. */
  readonly seenBytes: number
  /** Bytes that an acknowledgement or a sequence number proves and that were not, or that a memory limit has thrown away. */
  readonly lostBytes: number
  readonly packets: number
  /** Packets that the kernel dropped before they were read. */
  readonly droppedPackets: number
  readonly exchanges: number
  /** Of which one half was not seen, or not whole. */
  readonly brokenExchanges: number
}

/**
 * The share, 0 to 1, of what must have been that was captured: the share of exchanges that are whole, times the smaller one of the shares of bytes and of packets,
 * since what the kernel drops is missing from the streams too and would count twice. 1 where nothing is known to be missing.
 */
export function capturedShare({ seenBytes, lostBytes, packets, droppedPackets, exchanges, brokenExchanges }: Captured): number {
  const whole = shareOf(exchanges - Math.min(exchanges, brokenExchanges), exchanges)
  return whole * Math.min(shareOf(seenBytes, seenBytes + lostBytes), shareOf(packets, packets + droppedPackets))
}

/** What the counters of the engine say, over everything that they count. */
export function capturedIn(counters: ReadonlyMap<string, number>): Captured {
  const sum = (...names: readonly string[]): number => names.reduce((total, name) => total + (counters.get(name) ?? 0), 0)
  return {
    seenBytes: sum('tcp.deliveredBytes'),
    lostBytes: sum('tcp.gapBytes', 'tcp.unseenBytes', 'tcp.shedBytes'),
    packets: sum('packets.read'),
    droppedPackets: sum('packets.kernelDropped'),
    exchanges: sum('http.exchangesSeen'),
    brokenExchanges: sum('http.unpairedRequests', 'http.unpairedResponses', 'http.incompleteExchanges'),
  }
}

/** Four digits: what is beyond says nothing and makes documents differ. */
export function roundedShare(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}
