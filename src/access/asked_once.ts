/** What `ask` resolves to, asked for when it is first needed and then held. Where it rejects, that is held for a while: nobody makes us ask without end. */
export function askedOnce<T>(ask: () => Promise<T>, now: () => number): () => Promise<T> {
  let held: Promise<T> | null = null
  let failedAtMs = -Infinity
  return async () => {
    if (now() - failedAtMs >= coolDownMs && failedAtMs !== -Infinity) {
      held = null
      failedAtMs = -Infinity
    }
    held ??= ask().catch((thrown: unknown) => {
      failedAtMs = now()
      throw thrown
    })
    return held
  }
}

const coolDownMs = 30_000
