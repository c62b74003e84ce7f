import { constants, setPriority } from 'node:os'
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'

import { openBeside } from './open_database.ts'
import { storageProblem } from './problems.ts'
import { settling } from './settle.ts'
import type { SettleAnswer, SettleAsk, SettleThreadData } from './settler.ts'
import { prepare } from './statements.ts'
import { giveWay } from './write_turn.ts'

// The thread of `settler.ts`: does one after the other what it is asked for.

const { path, opened, secret, turn } = workerData as SettleThreadData
const port = parentPort
if (port === null) throw new Error('is run as a thread alone')
// Those who read and answer go first. Linux alone has priorities of threads, elsewhere it would be that of the process.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL)
const database = openBeside(path, opened)
const statements = prepare(database)
const waiting: SettleAsk[] = []

port.on('message', (asked: SettleAsk) => {
  waiting.push(asked)
  for (let ask = waiting.shift(); ask !== undefined; ask = waiting.shift()) {
    if (ask === 'end') {
      database.close()
      port.close()
      return
    }
    let answer: SettleAnswer = null
    try {
      serve(ask, port)
    } catch (thrown) {
      answer = storageProblem(path, thrown).message
    }
    port.postMessage(answer)
  }
})

/**
 * Everything between two small writes, with each of which a number of batches is left out. SQLite writes its log back after a commit of whoever finds it long, and
 * whoever commits next waits for the disk: so both are this thread, also while commits of others alone make the log longer.
 */
function serve(ask: SettleAsk, from: MessagePort): void {
  if (ask === 'rest') return
  statements.countPending.run()
  let steps = 0
  if (ask !== 'writeBack') {
    for (const _ of settling(database, statements, secret, ask === 'settleAll')) {
      steps += 1
      giveWay(turn)
      for (let more = receiveMessageOnPort(from); more !== undefined; more = receiveMessageOnPort(from)) waiting.push(more.message as SettleAsk)
      if (waiting.some((other) => other === 'rest' || other === 'end')) return
    }
  }
  statements.countPending.run()
  // By itself the heap of a thread that has nothing more to do would keep what the round has left: 40 MB.
  if (steps > 0) globalThis.gc?.()
}
