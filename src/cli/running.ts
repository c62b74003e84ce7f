import type { Engine, EngineOptions } from '../source/native.ts'
import type { AskedOptions } from './engine_options.ts'
import { onInterrupt } from './interrupt.ts'

/** Opens an engine that an interrupt can stop. The native module is loaded only now. `note` is told what of the descriptors is missing. */
export async function startEngine(
  { descriptorFiles = [], ...options }: AskedOptions & Pick<EngineOptions, 'mode'>,
  note: (line: string) => void = () => undefined,
): Promise<Engine> {
  const { openEngine } = await import('../source/native.ts')
  const descriptors = descriptorFiles.length === 0 ? null : (await import('../source/descriptors.ts')).readDescriptors(descriptorFiles)
  if (descriptors !== null && descriptors.warning !== null) note(`tapistry: ${descriptors.warning}`)
  const engine = openEngine({ ...options, ...(descriptors === null ? {} : { descriptors }) })
  let pending: Promise<unknown> = Promise.resolve()
  const release = onInterrupt(() => {
    engine.stop()
    return endsWithin(pending, interruptGraceMs)
  })
  return {
    ...engine,
    next: async () => {
      const next = engine.next()
      pending = next
      const batch = await next
      // A signal that came together with the end is heard in this turn; what follows may be long work that hears none.
      if (batch === null) await new Promise(setImmediate)
      return batch
    },
    stop: () => {
      release()
      engine.stop()
    },
  }
}

/** One that waits for standard input may not let go, and then a normal end of the process would wait with it. */
const interruptGraceMs = 300

async function endsWithin(pending: Promise<unknown>, graceMs: number): Promise<boolean> {
  const patience = new Promise<false>((resolve) => setTimeout(() => resolve(false), graceMs))
  return Promise.race([
    pending.then(
      () => true,
      () => true,
    ),
    patience,
  ])
}
