import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'

import { TapistryError } from '../base/errors.ts'
import { decodeBatch } from '../observation/codec.ts'
import type { EngineSecrets } from './feed.ts'
import { openEngine } from './native.ts'
import type { Source, SourceRead, SourceSink } from './source.ts'

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

/** Capture files, which are known by content: each counts once, whatever it is called, and one that has grown only for what is new. */
export function pcapSource({ path, follow, filter }: PcapOptions, engine: EngineSecrets): Source {
  const counts: Record<string, number> = { files: 0, packets: 0, filesBad: 0 }
  const seen = new Map<string, string>()
  let detail: string | null = null

  async function readChanged(files: readonly string[], sink: SourceSink, signal: AbortSignal): Promise<void> {
    const run = openEngine({
      inputs: files,
      mode: 'observations',
      literals: engine.literals,
      words: engine.words,
      hashKey: engine.hashKey,
      resume: sink.inputs(),
      ...(filter === undefined ? {} : { filter }),
    })
    const batches: Uint8Array[] = []
    const tails = new Map<number, Uint8Array[]>()
    try {
      for (let batch = await run.next(); batch !== null; batch = await run.next()) {
        if (signal.aborted) return
        const { tailOf } = decodeBatch(batch)
        if (tailOf === null || tailOf === undefined) batches.push(batch)
        else tails.set(tailOf, [...(tails.get(tailOf) ?? []), batch])
      }
    } finally {
      run.stop()
    }
    const { inputs } = run.report()
    const read: SourceRead = {
      batches,
      inputs: {
        positions: inputs.flatMap(({ position }) => (position === null ? [] : [position])),
        tails: [...tails].flatMap(([input, packed]) => {
          const digest = inputs[input]?.position?.digest
          return digest === undefined ? [] : [{ digest, batches: packed }]
        }),
        dropTails: inputs.flatMap(({ resumed }) => (resumed === null ? [] : [resumed.digest])),
      },
    }
    await sink.add(read)
    counts['packets'] = (counts['packets'] ?? 0) + inputs.reduce((sum, { packets }) => sum + packets, 0)
    counts['filesBad'] = (counts['filesBad'] ?? 0) + inputs.filter(({ problem }) => problem !== null).length
    counts['files'] = (counts['files'] ?? 0) + files.length
  }

  return {
    id: `pcap:${path}`,
    kind: 'pcap',
    async run(sink, signal) {
      do {
        const files = changedFiles(path, seen)
        if (files.length === 0 && seen.size === 0 && !follow) throw new TapistryError('INPUT', `${path}: no such file or folder`)
        const started = performance.now()
        if (files.length > 0) {
          detail = files.length === 1 ? `reading ${basename(files[0]?.file ?? '')}` : `reading ${files.length} files`
          await readChanged(
            files.map(({ file }) => file),
            sink,
            signal,
          )
          if (signal.aborted) return
          for (const { file, state } of files) seen.set(file, state)
          detail = `${seen.size} files read`
        }
        if (!follow) return
        await sleepFor(Math.max(pollMs, (performance.now() - started) * pauses), undefined, { signal }).catch(() => undefined)
      } while (!signal.aborted)
    },
    counts: () => counts,
    detail: () => detail,
  }
}

interface Changed {
  readonly file: string
  readonly state: string
}

/** Files that are new or have another size or time than when they were read, in the order of their names. */
function changedFiles(path: string, seen: ReadonlyMap<string, string>): Changed[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const files = isFolder ? readdirSync(path).map((name) => join(path, name)) : globSync(path)
  return files
    .toSorted()
    .flatMap((file) => {
      const facts = statSync(file, { throwIfNoEntry: false })
      return facts?.isFile() === true ? [{ file, state: `${facts.ino} ${facts.size} ${facts.mtimeMs}` }] : []
    })
    .filter(({ file, state }) => seen.get(file) !== state)
}
