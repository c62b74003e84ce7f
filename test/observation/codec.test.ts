import { describe, expect, it } from 'vitest'

import { decodeBatch, encodeBatch, packedAlone, unpackedAlone } from '../../src/observation/codec.ts'
import { PackedObservation, unpacked } from '../../src/observation/packed.ts'
import { observation } from '../inventory/build.ts'

const one = observation({ path: '/things/{int}', count: 3, responseBody: { state: 'open', tags: ['a'] }, moments: { sunset: 5 } })
const bytes = (): Buffer => encodeBatch({ observations: [one], visibility: [], counters: new Map() })

describe('a batch', () => {
  it('keeps its observations packed, and gives each part when it is asked for', () => {
    const [packed] = decodeBatch(bytes()).observations
    expect(packed).toBeInstanceOf(PackedObservation)
    expect(packed && unpacked(packed)).toEqual(one)
  })

  it.each([
    [1, /version 1, this build reads 2: scan again into an empty folder/],
    [9, /version 9, this build reads 2: upgrade tapistry/],
  ])('of version %i is refused with what to do', (version, words) => {
    const other = bytes()
    other[1] = version
    expect(() => decodeBatch(other)).toThrow(words)
  })

  it('that is cut anywhere throws, or lacks what was cut off', () => {
    const whole = bytes()
    for (let length = 0; length < whole.length; length += 1) {
      const read = (): number => decodeBatch(whole.subarray(0, length)).observations.map(unpacked).length
      let count = 0
      try {
        count = read()
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RangeError)
      }
      expect(count).toBe(0)
    }
  })
})

describe('an observation alone', () => {
  it('is packed in memory that nothing else holds', () => {
    const alone = packedAlone(one)
    expect(alone.buffer.byteLength).toBe(alone.byteLength)
    expect(unpacked(unpackedAlone(alone))).toEqual(one)
  })
})
