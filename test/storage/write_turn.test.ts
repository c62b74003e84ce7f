import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { giveWay, newWriteTurn, writeFirst } from '../../src/storage/write_turn.ts'

it('the other thread gives way until the last of several writes is done, also where it fails', async () => {
  const turn = newWriteTurn()
  const seen = new Int32Array(new SharedArrayBuffer(8))
  const source = `
    const { workerData: [turn, seen, file] } = require('node:worker_threads')
    import(file).then(({ giveWay }) => {
      Atomics.store(seen, 0, 1)
      Atomics.notify(seen, 0)
      giveWay(turn)
      Atomics.store(seen, 1, 1)
    })`
  const worker = writeFirst(turn, () => {
    const started = new Worker(source, { eval: true, execArgv: [], workerData: [turn, seen, join(packageFolder, 'src/storage/write_turn.ts')] })
    Atomics.wait(seen, 0, 0)
    expect(() =>
      writeFirst(turn, () => {
        throw new Error('cannot be written')
      }),
    ).toThrow('cannot be written')
    expect(Atomics.load(seen, 1)).toBe(0)
    return started
  })
  await once(worker, 'exit')
  expect(Atomics.load(seen, 1)).toBe(1)
  giveWay(turn)
})
