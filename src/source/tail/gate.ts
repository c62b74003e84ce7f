/** Lets any number in, or one alone. */
export interface Gate {
  /** Waits while somebody is alone; who is in calls what it resolves to when it goes, once or more. */
  enter(): Promise<() => void>
  /** Runs `work` while nobody else is in. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

export function openGate(): Gate {
  let inside = 0
  let isTaken = false
  let waiting: Array<() => void> = []

  /** Takes what is free in the same step in which it is seen to be: others look too. */
  async function until(isFree: () => boolean, take: () => void): Promise<void> {
    while (!isFree()) await new Promise<void>((resolve) => waiting.push(resolve))
    take()
  }

  function changed(): void {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  return {
    async enter() {
      await until(
        () => !isTaken,
        () => void (inside += 1),
      )
      let isInside = true
      return () => {
        if (!isInside) return
        isInside = false
        inside -= 1
        changed()
      }
    },
    async alone(work) {
      await until(
        () => !isTaken && inside === 0,
        () => void (isTaken = true),
      )
      try {
        return await work()
      } finally {
        isTaken = false
        changed()
      }
    },
  }
}
