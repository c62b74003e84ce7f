/** How a channel of alerts is doing. */
export interface ChannelStatus {
  readonly channel: string
  readonly type: string
  /** Messages that were delivered, and tries that failed, since the start. */
  readonly sent: number
  readonly failed: number
  /** Times when a limit of messages held something back. */
  readonly capped: number
  /** Single events that found no room. */
  readonly shed: number
  /** Findings and events that no message was delivered of yet. */
  readonly waiting: number
  /** Dead letters. */
  readonly dead: number
}
