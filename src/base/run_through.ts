/** Goes through all steps at once, and gives what they come to. */
export function runThrough<T>(steps: Iterator<void, T, void>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
