import type { Cost } from './measured_scan.ts'

/** The figures that every measured scan has, for a line. */
export function figuresOf(cost: Cost): Readonly<Record<string, number | null>> {
  return {
    endpoints: cost.endpoints,
    wallSeconds: thousandths(cost.wallSeconds),
    cpuSeconds: thousandths(cost.cpuSeconds),
    typescriptCpuSeconds: cost.typescriptCpuSeconds === null ? null : thousandths(cost.typescriptCpuSeconds),
    typescriptCpuShare: cost.typescriptCpuSeconds === null ? null : thousandths(cost.typescriptCpuSeconds / cost.cpuSeconds),
    residentBytesMax: cost.residentBytesMax,
  }
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000
}
