import type { ServiceCount } from '../observation/observation.ts'
import { tlsFactsOf, type TlsFacts } from './tls.ts'

/** What could and could not be seen of a service. Every verdict that rests on absence is gated by `coverage`. */
export interface Visibility {
  /** 0 to 1: the share of exchanges that were whole, times the share of bytes that were neither lost nor unreadable. */
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
 * `coverage` = whole share × byte share × open share, where whole share is exchanges without an unpaired or incomplete half,
 * byte share is `bytes / (bytes + gapBytes + unseenBytes + shedBytes)`, where unseen bytes are those of directions that were not captured, by what the other one
 * acknowledged, and open share is the share of flows that were not encrypted.
 * `bodyBytes` are the message bytes that were read (logs have none: then the byte share is 1). `dropped` are packets that the kernel dropped, of whatever
 * service; 0 for one that no packet carried.
 */
export function visibilityOf(counts: ReadonlyMap<ServiceCount, number>, exchanges: number, bodyBytes: number, dropped: number): Visibility {
  const of = (name: ServiceCount): number => counts.get(name) ?? 0
  const unpaired = of('unpairedRequests') + of('unpairedResponses')
  const broken = Math.min(exchanges, unpaired + of('incompleteMessages'))
  const lostBytes = of('gapBytes') + of('unseenBytes') + of('shedBytes')
  const tlsBlindShare = share(of('tlsFlows'), of('flows'))
  const unpairedShare = share(Math.min(unpaired, exchanges), exchanges)
  const oneWay = of('oneWayFlows') * 2 > of('flows')
  const wholeShare = exchanges === 0 ? 0 : 1 - broken / exchanges
  const byteShare = lostBytes === 0 ? 1 : bodyBytes / (bodyBytes + lostBytes)
  const coverage = rounded(wholeShare * byteShare * (1 - tlsBlindShare))
  const tls = tlsFactsOf(counts)
  const reasons: string[] = []
  if (exchanges === 0) reasons.push('no exchange of this service was seen')
  if (tlsBlindShare > 0) reasons.push(`${percent(tlsBlindShare)} of its flows are encrypted and were not read`)
  if (oneWay) reasons.push('most of its flows were captured in one direction only')
  if (lostBytes > 0) reasons.push(`${lostBytes} bytes of its flows are missing from the capture`)
  if (unpaired > 0) reasons.push(`${unpaired} of its messages have no other half`)
  if (of('incompleteMessages') > 0) reasons.push(`${of('incompleteMessages')} of its messages are incomplete`)
  if (dropped > 0) reasons.push(`the kernel dropped ${dropped} packets before they were read; nobody knows how many of them were of this service`)
  return {
    coverage,
    tlsBlindShare: rounded(tlsBlindShare),
    gapBytes: of('gapBytes'),
    unpairedShare: rounded(unpairedShare),
    kernelDrops: dropped,
    oneWay,
    reasons,
    ...(tls === null ? {} : { tls }),
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, part / whole)
}

/** Four digits: what is beyond says nothing and makes documents differ. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

function percent(value: number): string {
  return value < 0.01 ? 'under 1 %' : `${Math.round(value * 100)} %`
}
