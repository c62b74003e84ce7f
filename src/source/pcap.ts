import { globSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import { sleep } from '../base/sleep.ts'
import { readByContent } from './by_content.ts'
import type { EngineSecrets } from './feed.ts'
import { lookAt } from './look_at.ts'
import { namedProblems } from './named_problems.ts'
import type { InputReport } from './native.ts'
import type { InputPosition, LyingInput, Source, SourceSink, SourceStanding } from './source.ts'
import type { Tap } from './tap.ts'
import { fixedPart } from './wildcards.ts'

export interface PcapOptions {
  /** File, folder or glob, absolute. */
  readonly path: string
  /** Wait for more files, and for more in these. */
  readonly follow: boolean
  /** In tcpdump syntax. */
  readonly filter?: string
  readonly tap?: Tap
}

/** How often files are looked at: at least so long, and not before the last reading is this many times over, since a file that grows is read anew. */
const pollMs = 1_000
const pauses = 4

/**
 * Capture files, which are known by content: each counts once, whatever it is called, and one that has grown only for what is new. Each is a capture of
 * its own, so that what is found does not depend on which of them were there when somebody looked.
 */
export function pcapSource({ path, follow, filter, tap }: PcapOptions, engine: EngineSecrets): Source {
  const counts = { files: 0, packets: 0, filesBad: 0 }
  const seen = new Map<string, string>()
  /** How far files were read. */
  const places = new Map<string, InputPosition>()
  /** Whether all that lies there was looked at since the start. */
  let isLookedAt = false
  /** Files that are there and cannot be read to their ends, and why. */
  const bad = new Map<string, string>()
  /** Files that are followed and have no byte yet: who writes a capture opens its file first. */
  const empty = new Set<string>()
  let found: FoundFiles | null = null
  let detail: string | null = null

  /** Reads one file to its present end and adds what is new in it; false where it was stopped before. */
  async function readFile(file: string, sink: SourceSink, signal: AbortSignal): Promise<boolean> {
    const options = { ...(filter === undefined ? {} : { filter }), ...(tap === undefined ? {} : { tap }) }
    const read = await readByContent(file, engine, options, sink, signal)
    if (read === null) return false
    const { input, isKnown } = read
    counts.files += 1
    noteProblem(file, input)
    const position = input?.position ?? null
    if (position !== null) places.set(file, position)
    if (input !== null && position !== null && !isKnown) counts.packets += input.packets
    return true
  }

  function noteProblem(file: string, input: InputReport | null): void {
    bad.delete(file)
    empty.delete(file)
    const problem = input === null ? { code: '', message: 'cannot be read' } : input.problem
    if (problem === null) return
    if (follow && problem.code === 'INPUT_EMPTY') return void empty.add(file)
    counts.filesBad += 1
    bad.set(file, problem.message.startsWith(`${file} `) ? problem.message.slice(file.length + 1) : problem.message)
  }

  function standing(): SourceStanding {
    if (found === null) return { state: 'starting', problem: null }
    const { files, passedOver } = found
    const problems = new Map([...passedOver, ...[...bad].filter(([file]) => files.has(file))])
    const problem = namedProblems(problems)
    if ([...files.keys()].some((file) => !problems.has(file) && !empty.has(file))) return { state: 'up', problem }
    if (problem !== null) return { state: 'down', problem }
    const folder = fixedPart(path)
    if (lookAt(folder) === null) return { state: 'down', problem: `${folder}: no such file or folder; it is read once it is there` }
    return { state: 'waiting', problem: `${path}: no capture is there yet` }
  }

  /** What has gone was there until now. */
  async function leave(file: string, sink: SourceSink): Promise<void> {
    const place = places.get(file)
    seen.delete(file)
    bad.delete(file)
    places.delete(file)
    if (place !== undefined) await sink.add({ batches: [], inputs: { positions: [place], tails: [], dropTails: [] } })
  }

  function lyingInputs(): readonly LyingInput[] | null {
    // While a folder or its disk is away, what lies in it is not gone.
    if (!isLookedAt || found === null || found.passedOver.size > 0 || lookAt(fixedPart(path)) === null) return null
    const { files } = found
    return [...places].flatMap(([file, place]) => {
      const changedMs = files.get(file)?.changedMs
      return changedMs === undefined ? [] : [{ ...place, changedMs }]
    })
  }

  return {
    id: `pcap:${path}`,
    kind: 'pcap',
    async run(sink, signal) {
      do {
        found = filesAt(path)
        const { files } = found
        if (files.size === 0 && !follow) throw new TapistryError('INPUT', `${path}: no such file or folder`)
        for (const file of seen.keys()) {
          if (!files.has(file)) await leave(file, sink)
        }
        const started = performance.now()
        for (const [file, { state }] of files) {
          if (seen.get(file) === state) continue
          detail = `reading ${basename(file)}`
          if (!(await readFile(file, sink, signal))) return
          seen.set(file, state)
          detail = `${seen.size} files read`
        }
        isLookedAt = true
        if (!follow) return
        await sleep(Math.max(pollMs, (performance.now() - started) * pauses), signal)
      } while (!signal.aborted)
    },
    standing,
    lyingInputs,
    counts: () => counts,
    detail: () => detail,
  }
}

interface FoundFiles {
  /** In the order of their names, each with what is different when it was written to. */
  readonly files: ReadonlyMap<string, FileState>
  /** What cannot be looked at, and why. */
  readonly passedOver: ReadonlyMap<string, string>
}

interface FileState {
  readonly state: string
  readonly changedMs: number
}

/** Throws `TapistryError` (INPUT) where the folder cannot be read. */
function filesAt(path: string): FoundFiles {
  const facts = lookAt(path)
  if (typeof facts === 'string') return { files: new Map(), passedOver: new Map([[path, facts]]) }
  const names = new Set(facts?.isDirectory() === true ? namesIn(path) : facts?.isFile() === true ? [path] : globSync(path))
  const files = new Map<string, FileState>()
  const passedOver = new Map<string, string>()
  for (const file of [...names].filter((name) => !compressedEnding.test(name) || !names.has(name.replace(compressedEnding, ''))).toSorted()) {
    const found = lookAt(file)
    if (typeof found === 'string') passedOver.set(file, found)
    else if (found?.isFile() === true) files.set(file, { state: `${found.ino} ${found.size} ${found.mtimeMs}`, changedMs: found.mtimeMs })
  }
  return { files, passedOver }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch (thrown) {
    throw new TapistryError('INPUT', `${folder}: ${systemReason(thrown)}`, { cause: thrown })
  }
}

/** Beside the plain file a compressed one is still being written (`tcpdump -z gzip`), and nobody could tell its beginning again. */
const compressedEnding = /\.(?:gz|zst)$/
