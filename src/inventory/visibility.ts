import { capturedShare, roundedShare } from '../observation/coverage.ts'
import type { ServiceCount } from '../observation/observation.ts'
import { tlsFactsOf, type TlsFacts } from './tls.ts'

/** Packets that the kernel dropped, and the share of all that they are. */
export interface Dropped {
  readonly packets: number
  readonly share: number
}

export const noneDropped: Dropped = { packets: 0, share: 0 }

/** What could and could not be seen of a service. Every verdict that rests on absence is gated by `coverage`. */
export interface Visibility {
  /** 0 to 1: how much of what must have been was captured and could be read. */
  readonly coverage: number
  /** Share of the service's flows that were encrypted and stayed so. */
  readonly tlsBlindShare: number
  /** Bytes that the peer acknowledged and the capture does not have. */
  readonly gapBytes: number
  /** Share of messages whose other half was not seen. */
  readonly unpairedShare: number
  /**
   * Packets that the kernel dropped: the most that this service may have lost. They were gone before anybody saw whose they were; what they left behind is in
   * the other figures, as gaps and messages without another half.
   */
  readonly kernelDrops: number
  /** Most flows were captured in one direction only. */
  readonly oneWay: boolean
  /** What was in the way, in words; empty where nothing was. */
  readonly reasons: readonly string[]
  /** What its TLS connections told; absent where there were none. */
  readonly tls?: TlsFacts
}

/**
 * Visibility of a service from its additive counts.
 *
 * `coverage` = whole share × the smaller one of byte share and packet share × open share, where whole share is exchanges without an unpaired or incomplete half,
 * byte share is `seenBytes / (seenBytes + gapBytes + unseenBytes + shedBytes)`, where unseen bytes are those of directions that were not captured, by what the other
 * one acknowledged, packet share is what the kernel did not drop, and open share is the share of flows that were not encrypted.
 * `bodyBytes` are the message bytes that were read: streams are counted when they end. `dropped` are packets that the kernel dropped, of whatever service; none for
 * one that no packet carried.
 */
export function visibilityOf(counts: ReadonlyMap<ServiceCount, number>, exchanges: number, bodyBytes: number, dropped: Dropped): Visibility {
  const of = (name: ServiceCount): number => counts.get(name) ?? 0
  const unpaired = of('unpairedRequests') + of('unpairedResponses')
  const broken = Math.min(exchanges, unpaired + of('incompleteMessages'))
  const lostBytes = of('gapBytes') + of('unseenBytes') + of('shedBytes')
  const tlsBlindShare = share(of('tlsFlows'), of('flows'))
  const unpairedShare = share(Math.min(unpaired, exchanges), exchanges)
  const oneWay = of('oneWayFlows') * 2 > of('flows')
  const captured = capturedShare({
    seenBytes: Math.max(bodyBytes, of('seenBytes')),
    lostBytes,
    packets: 1 - dropped.share,
    droppedPackets: dropped.share,
    exchanges,
    brokenExchanges: broken,
  })
  const coverage = exchanges === 0 ? 0 : roundedShare(captured * (1 - tlsBlindShare))
  const tls = tlsFactsOf(counts)
  const reasons: string[] = []
  if (exchanges === 0) reasons.push('no exchange of this service was seen')
  if (tlsBlindShare > 0) reasons.push(`${percent(tlsBlindShare)} of its flows are encrypted and were not read`)
  if (oneWay) reasons.push('most of its flows were captured in one direction only')
  if (lostBytes > 0) reasons.push(`${lostBytes} bytes of its flows are missing from the capture`)
  if (unpaired > 0) reasons.push(`${unpaired} of its messages have no other half`)
  if (of('incompleteMessages') > 0) reasons.push(`${of('incompleteMessages')} of its messages are incomplete`)
  if (dropped.packets > 0)
    reasons.push(`the kernel dropped ${dropped.packets} packets before they were read; nobody knows how many of them were of this service`)
  return {
    coverage,
    tlsBlindShare: roundedShare(tlsBlindShare),
    gapBytes: of('gapBytes'),
    unpairedShare: roundedShare(unpairedShare),
    kernelDrops: dropped.packets,
    oneWay,
    reasons,
    ...(tls === null ? {} : { tls }),
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, part / whole)
}

function percent(value: number): string {
  return value < 0.01 ? 'under 1 %' : `${Math.round(value * 100)} %`
}
