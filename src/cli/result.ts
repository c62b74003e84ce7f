import { closeSync, existsSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import { onInterrupt } from './interrupt.ts'
import type { Streams } from './streams.ts'

/** Where the result of a command goes: `finish` makes it visible, whole; without it nothing remains. */
export interface ResultSink {
  write(chunk: string | Uint8Array): Promise<void>
  finish(): Promise<void>
  abandon(): void
}

/** Opens `file`, or standard output for null or `-`. A file appears under its name only when it is complete. */
export function openResult(file: string | null, streams: Streams): ResultSink {
  if (file === null || file === '-') {
    return { write: (chunk) => streams.out(chunk), finish: () => Promise.resolve(), abandon: () => undefined }
  }
  return fileSink(resolve(streams.cwd, file), file)
}

/** Writes one text, or the pieces of one, whole, or not at all. */
export async function writeResult(file: string | null, text: string | Uint8Array | Iterable<string>, streams: Streams): Promise<void> {
  const sink = openResult(file, streams)
  try {
    if (typeof text === 'string' || text instanceof Uint8Array) await sink.write(text)
    else for (const piece of text) await sink.write(piece)
    await sink.finish()
  } catch (thrown) {
    sink.abandon()
    throw thrown
  }
}

function fileSink(path: string, shown: string): ResultSink {
  const target = existsSync(path) ? realpathSync(path) : path
  // A device or a named pipe cannot be replaced by a rename and must not be: `-o /dev/null`.
  const inPlace = existsSync(target) && !lstatSync(target).isFile()
  const temporary = inPlace ? target : join(dirname(target), `.tapistry-${process.pid}-${Date.now().toString(36)}.tmp`)
  const failed = (thrown: unknown): TapistryError =>
    new TapistryError('OUTPUT', `cannot write ${shown}: ${systemReason(thrown)}; name another file with -o`, { cause: thrown })

  let descriptor: number
  try {
    descriptor = openSync(temporary, inPlace ? 'w' : 'wx', 0o666)
  } catch (thrown) {
    throw failed(thrown)
  }
  const remove = (): void => rmSync(temporary, { force: true })
  const release = inPlace ? () => undefined : onInterrupt(() => Promise.resolve(remove()))
  let open = true
  const close = (): void => {
    if (open) closeSync(descriptor)
    open = false
  }
  return {
    write: (chunk) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      try {
        for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset)
      } catch (thrown) {
        return Promise.reject(failed(thrown))
      }
      return Promise.resolve()
    },
    finish: () => {
      try {
        if (!inPlace) fsyncSync(descriptor)
        close()
        if (!inPlace) renameSync(temporary, target)
      } catch (thrown) {
        return Promise.reject(failed(thrown))
      }
      release()
      return Promise.resolve()
    },
    abandon: () => {
      close()
      if (inPlace) return
      remove()
      release()
    },
  }
}
