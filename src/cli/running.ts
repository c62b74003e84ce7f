import type { Engine, EngineOptions } from '../source/native.ts'

/** Opens an engine that an interrupt can stop. The native module is loaded only now. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { openEngine } = await import('../source/native.ts')
  const engine = openEngine(options)
  const run: EngineRun = { engine, pending: null }
  running.add(run)
  return {
    ...engine,
    next: () => {
      const pending = engine.next()
      run.pending = pending
      return pending
    },
    stop: () => {
      running.delete(run)
      engine.stop()
    },
  }
}

/**
 * Stops all engines; resolves to whether they let go within `graceMs`. One that waits for standard input may not, and then a normal end of the
 * process would wait with it.
 */
export async function stopEngines(graceMs: number): Promise<boolean> {
  const pending = [...running].map((run) => {
    run.engine.stop()
    return (run.pending ?? Promise.resolve(null)).catch(() => null)
  })
  if (pending.length === 0) return true
  const patience = new Promise<false>((resolve) => setTimeout(() => resolve(false), graceMs))
  return Promise.race([Promise.all(pending).then(() => true), patience])
}

interface EngineRun {
  readonly engine: Engine
  pending: Promise<unknown> | null
}

/** The engines of this process; kept outside the commands because an interrupt reaches nothing else. */
const running = new Set<EngineRun>()
