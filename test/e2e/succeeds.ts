import { execFileSync } from 'node:child_process'

/** Whether a program is there and ends well. */
export function succeeds(program: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
