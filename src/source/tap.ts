/** What is known of the tap that packets are from. */
export interface Tap {
  /** VLANs and virtual networks do not tell flows apart, since the tap tags one direction only. */
  readonly ignoreVlan: boolean
  /** Copies of a packet are not looked for, since there are none. */
  readonly keepDuplicates: boolean
}

/** The tap that options or an entry of the configuration describe; both are false where they say nothing. */
export function tapOf(options: Readonly<Record<string, unknown>> | Partial<Tap>): Tap {
  const { ignoreVlan, keepDuplicates } = options as Partial<Record<keyof Tap, unknown>>
  return { ignoreVlan: ignoreVlan === true, keepDuplicates: keepDuplicates === true }
}
