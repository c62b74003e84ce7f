import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/**
 * The text of the regular file at `path`, at most `bytesMax` bytes. A device or a pipe may have no end, and reading one would wait where no signal is
 * heard, so neither is read. Throws the system's error, or a `RangeError` whose message is the reason; `systemReason` has the words for both.
 */
export function readTextFile(path: string, bytesMax: number = textBytesMax): string {
  // Without the flag, opening a named pipe waits for somebody to write into it.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile() && !stat.isDirectory()) throw new RangeError('is no regular file')
    return readBounded(descriptor, stat.size, bytesMax)
  } finally {
    closeSync(descriptor)
  }
}

/** What specs, inventories and their like may have. */
const textBytesMax = 64 * 2 ** 20

/** Reads to the end, whatever size the file was said to have: those of /proc say 0, others grow meanwhile. */
function readBounded(descriptor: number, size: number, bytesMax: number): string {
  const chunks: Buffer[] = []
  let total = 0
  if (size <= bytesMax) {
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.max(size - total + 1, chunkBytes))
      const count = readSync(descriptor, chunk)
      if (count === 0) return Buffer.concat(chunks, total).toString('utf8')
      total += count
      if (total > bytesMax) break
      chunks.push(chunk.subarray(0, count))
    }
  }
  throw new RangeError(`is larger than ${bytesMax >= 2 ** 20 ? `${bytesMax / 2 ** 20} MiB` : `${bytesMax / 2 ** 10} KiB`}`)
}

const chunkBytes = 64 * 1024
