import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

import { TapistryError } from '../base/errors.ts'
import { sleep } from '../base/sleep.ts'
import { decodeBatch } from '../observation/codec.ts'
import type { EngineSecrets } from './feed.ts'
import { openEngine } from './native.ts'
import type { Source, SourceSink } from './source.ts'

export interface PcapOptions {
  /** File, folder or glob, absolute. */
  readonly path: string
  /** Wait for more files, and for more in these. */
  readonly follow: boolean
  /** In tcpdump syntax. */
  readonly filter?: string
}

/** How often files are looked at: at least so long, and not before the last reading is this many times over, since a file that grows is read anew. */
const pollMs = 1_000
const pauses = 4

/**
 * Capture files, which are known by content: each counts once, whatever it is called, and one that has grown only for what is new. Each is a capture of
 * its own, so that what is found does not depend on which of them were there when somebody looked.
 */
export function pcapSource({ path, follow, filter }: PcapOptions, engine: EngineSecrets): Source {
  const counts = { files: 0, packets: 0, filesBad: 0 }
  const seen = new Map<string, string>()
  let detail: string | null = null

  /** Reads one file to its present end and adds what is new in it; false where it was stopped before. */
  async function readFile(file: string, sink: SourceSink, signal: AbortSignal): Promise<boolean> {
    const known = sink.inputs()
    const run = openEngine({
      inputs: [file],
      mode: 'observations',
      literals: engine.literals,
      words: engine.words,
      hashKey: engine.hashKey,
      resume: known,
      ...(filter === undefined ? {} : { filter }),
    })
    const stop = (): void => run.stop()
    signal.addEventListener('abort', stop, { once: true })
    const batches: Uint8Array[] = []
    const tail: Uint8Array[] = []
    try {
      for (let batch = await run.next(); batch !== null; batch = await run.next()) {
        const { tailOf } = decodeBatch(batch)
        if (tailOf === null || tailOf === undefined) batches.push(batch)
        else tail.push(batch)
      }
    } finally {
      run.stop()
      signal.removeEventListener('abort', stop)
    }
    if (signal.aborted) return false
    const [input] = run.report().inputs
    counts.files += 1
    if (input === undefined || input.problem !== null) counts.filesBad += 1
    const position = input?.position ?? null
    // An older copy of what was read further would bring the open ends of its own time again.
    const isKnown = known.some(({ digest, bytes }) => digest === position?.digest && bytes === position.bytes)
    if (input === undefined || position === null || isKnown) return true
    counts.packets += input.packets
    await sink.add({
      batches,
      inputs: {
        positions: [position],
        tails: [{ digest: position.digest, batches: tail }],
        dropTails: input.resumed === null ? [] : [input.resumed.digest],
      },
    })
    return true
  }

  return {
    id: `pcap:${path}`,
    kind: 'pcap',
    async run(sink, signal) {
      do {
        const files = filesAt(path)
        if (files.size === 0 && !follow) throw new TapistryError('INPUT', `${path}: no such file or folder`)
        for (const file of seen.keys()) if (!files.has(file)) seen.delete(file)
        const started = performance.now()
        for (const [file, state] of files) {
          if (seen.get(file) === state) continue
          detail = `reading ${basename(file)}`
          if (!(await readFile(file, sink, signal))) return
          seen.set(file, state)
          detail = `${seen.size} files read`
        }
        if (!follow) return
        await sleep(Math.max(pollMs, (performance.now() - started) * pauses), signal)
      } while (!signal.aborted)
    },
    counts: () => counts,
    detail: () => detail,
  }
}

/** The files in the order of their names, each with what is different when it was written to. */
function filesAt(path: string): ReadonlyMap<string, string> {
  const facts = statSync(path, { throwIfNoEntry: false })
  const names = new Set(facts?.isDirectory() === true ? readdirSync(path).map((name) => join(path, name)) : facts?.isFile() === true ? [path] : globSync(path))
  const files = [...names].filter((file) => !compressedEnding.test(file) || !names.has(file.replace(compressedEnding, ''))).toSorted()
  return new Map(
    files.flatMap((file): Array<[string, string]> => {
      const found = statSync(file, { throwIfNoEntry: false })
      return found?.isFile() === true ? [[file, `${found.ino} ${found.size} ${found.mtimeMs}`]] : []
    }),
  )
}

/** Beside the plain file a compressed one is still being written (`tcpdump -z gzip`), and nobody could tell its beginning again. */
const compressedEnding = /\.(?:gz|zst)$/
