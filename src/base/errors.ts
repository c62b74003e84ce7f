/**
 * The one error that people see. `message` is one line that says what was wrong, where, and what to do; several problems of one file are `lines`, one
 * each. The code is from a closed set and decides the exit code. Values of traffic never enter a message.
 */
export class TapistryError extends Error {
  readonly code: ErrorCode

  readonly lines: readonly string[]

  constructor(code: ErrorCode, message: string | readonly string[], options?: { cause?: unknown }) {
    const lines = [message].flat().map((line) => line.replaceAll(/\s*[\r\n]+\s*/g, ' '))
    super(lines.join('; '), options)
    this.lines = lines
    this.name = 'TapistryError'
    this.code = code
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code]
  }
}

/** 0 done, 1 gate failed, 2 wrong usage or configuration, 3 an input or output cannot be used, 4 a defect of ours, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130

/** `GATE_FAILED` is the result of a gate, `USAGE`, `CONFIG` and `RUNTIME` are the caller's, `DEFECT` is ours, the others name what could not be used. */
export type ErrorCode = 'GATE_FAILED' | 'USAGE' | 'CONFIG' | 'RUNTIME' | 'INPUT' | 'OUTPUT' | 'STORAGE' | 'ENGINE' | 'INTERRUPTED' | 'DEFECT'

const exitCodes: Readonly<Record<ErrorCode, ExitCode>> = {
  GATE_FAILED: 1,
  USAGE: 2,
  CONFIG: 2,
  RUNTIME: 2,
  INPUT: 3,
  OUTPUT: 3,
  STORAGE: 3,
  ENGINE: 3,
  INTERRUPTED: 130,
  DEFECT: 4,
}

/** The exit code for whatever was thrown: what is not ours by name is a defect of ours by definition. */
export function exitCodeOf(thrown: unknown): ExitCode {
  return thrown instanceof TapistryError ? thrown.exitCode : 4
}

/** What a system call's error says in words for people; the code (`ENOENT`) where there are none. */
export function systemReason(thrown: unknown): string {
  const code = systemCode(thrown)
  if (code === null) return thrown instanceof Error ? thrown.message : String(thrown)
  return systemWords[code] ?? code
}

/** `ENOENT` and its like, null where what was thrown has none. */
export function systemCode(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null
  return typeof thrown.code === 'string' ? thrown.code : null
}

const systemWords: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ENOTDIR: 'is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  EBUSY: 'in use by another process',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EEXIST: 'exists already',
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have the address',
}
