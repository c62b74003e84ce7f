import { availableParallelism, cpus } from 'node:os'

/** What a figure was measured on: processor, cores, Node version. */
export function machineName(): string {
  const model = cpus()[0]?.model.replaceAll(/\s+/g, ' ').trim() ?? 'unknown processor'
  return `${model}, ${availableParallelism()} cores, ${process.platform}-${process.arch}, node ${process.versions.node}`
}
