import { Consumer, kGetApi, type Connection, type ConsumerOptions, type Reader } from '@platformatic/kafka'

import { boundedBatches, inflatedBytesMax } from './bounded_batches.ts'

type Api = (connection: Pick<Connection, 'send'>, ...parameters: unknown[]) => unknown
type Found = (error: Error | null, api?: Api) => void
type Parse = (correlationId: number, key: number, version: number, reader: Reader) => unknown

/**
 * A consumer that bounds what answers to its fetches hold decompressed, where the library takes whatever a batch inflates to. Of brokers from 2.7 on: what
 * older ones answer is taken apart in another way.
 */
export function boundedConsumer(options: ConsumerOptions<Buffer, Buffer, Buffer, Buffer>): Consumer {
  const consumer = new Consumer(options)
  const find = consumer[kGetApi].bind(consumer) as (name: string, found: Found) => void
  const made = new WeakSet<Api>()
  // It asks itself once more when it has learned what the broker knows: what comes back then is bounded already.
  const findBounded = (name: string, found: Found): void =>
    find(name, (error, api) => {
      if (name !== 'Fetch' || api === undefined || made.has(api)) return found(error, api)
      const bounded = boundedApi(api)
      made.add(bounded)
      found(error, bounded)
    })
  Object.defineProperty(consumer, kGetApi, { value: findBounded })
  return consumer
}

function boundedApi(api: Api): Api {
  const call: Api = (connection, ...parameters) => {
    const send = connection.send.bind(connection) as (...parameters: unknown[]) => void
    const parsing = {
      send: (key: number, version: number, create: unknown, parse: Parse, ...more: unknown[]) => send(key, version, create, boundedParse(parse), ...more),
    }
    return api(parsing, ...parameters)
  }
  // Its version tells how topics are named in requests.
  return Object.assign(call, api)
}

/** The records of a partition are the one thing that the library takes from an answer as a part of its own. */
function boundedParse(parse: Parse): Parse {
  return (correlationId, key, version, reader) => {
    const { buffer } = reader
    const part = buffer.subarray.bind(buffer)
    const budget = { bytes: inflatedBytesMax }
    Object.defineProperty(buffer, 'subarray', { value: (from: number, to: number) => boundedBatches(part(from, to).buffer, budget) })
    return parse(correlationId, key, version, reader)
  }
}
