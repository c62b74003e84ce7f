/** Those who wait until what they gave is kept. */
export interface Waiters {
  /** Resolves with the next commit; rejects where that fails and nobody is to wait for another one. */
  forCommit(): Promise<void>
  /** Resolves with the next commit that is well, of a source that has read more than there is room for. */
  forRoom(source: string): Promise<void>
  isHeldUp(source: string): boolean
  kept(): void
  /** Who waits for room goes on waiting, unless `isAll`. */
  failed(reason: unknown, isAll: boolean): void
}

export function newWaiters(): Waiters {
  const heldUp = new Map<string, number>()
  let waiters: Waiter[] = []

  function wait(isForRoom: boolean): Promise<void> {
    return new Promise((resolve, reject) => waiters.push({ resolve, reject, isForRoom }))
  }

  return {
    forCommit: () => wait(false),
    async forRoom(source) {
      heldUp.set(source, (heldUp.get(source) ?? 0) + 1)
      try {
        await wait(true)
      } finally {
        heldUp.set(source, (heldUp.get(source) ?? 1) - 1)
      }
    },
    isHeldUp: (source) => (heldUp.get(source) ?? 0) > 0,
    kept() {
      const all = waiters
      waiters = []
      for (const { resolve } of all) resolve()
    },
    failed(reason, isAll) {
      const all = waiters
      waiters = all.filter(({ isForRoom }) => isForRoom && !isAll)
      for (const waiter of all) if (isAll || !waiter.isForRoom) waiter.reject(reason)
    },
  }
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  readonly isForRoom: boolean
}
