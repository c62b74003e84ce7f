/**
 * Puts something in order when the process is interrupted; the result takes it off again. While nothing is to be put in order a signal ends the process
 * as the system does it, which also works while JavaScript is busy. A shell shows both as 130 (SIGINT) and 143 (SIGTERM).
 */
export function onInterrupt(task: InterruptTask): () => void {
  tasks.add(task)
  if (tasks.size === 1) for (const [signal, listener] of listeners) process.on(signal, listener)
  return () => {
    if (tasks.delete(task) && tasks.size === 0) for (const [signal, listener] of listeners) process.off(signal, listener)
  }
}

/** Resolves to false where the process cannot end normally. */
type InterruptTask = () => Promise<unknown>

/** Of the whole process: a signal reaches nothing else. */
const tasks = new Set<InterruptTask>()

const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, () => void interrupt(signal)] as const)

async function interrupt(signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  for (const [name, listener] of listeners) process.off(name, listener)
  const results = await Promise.allSettled([...tasks].map(async (task) => task()))
  if (results.every((result) => result.status === 'rejected' || result.value !== false)) process.exit(signal === 'SIGINT' ? 130 : 143)
  process.kill(process.pid, signal)
}
