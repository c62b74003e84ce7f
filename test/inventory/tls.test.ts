import { expect, test } from 'vitest'

import { encryptedServices, tlsFactsOf } from '../../src/inventory/tls.ts'
import type { ServiceCount } from '../../src/observation/observation.ts'

const counts = (...rows: ReadonlyArray<readonly [ServiceCount, number]>): ReadonlyMap<ServiceCount, number> => new Map(rows)

test('facts are grouped by what they are of', () => {
  expect(tlsFactsOf(counts(['flows', 3], ['tls.version:1.3', 2], ['tls.version:1.2', 1], ['tls.resumed', 1], ['tls.certificateName:a:b', 1]))).toEqual({
    version: { '1.2': 1, '1.3': 2 },
    resumed: 1,
    certificateName: { 'a:b': 1 },
  })
  expect(tlsFactsOf(counts(['flows', 3]))).toBeNull()
})

test('services with encrypted connections are listed by their bytes', () => {
  const visibility = new Map([
    ['small.example', counts(['tlsFlows', 2], ['tlsBytes', 100])],
    ['read.example', counts(['flows', 1], ['tlsDecryptedFlows', 1], ['tls.version:1.3', 1])],
    ['large.example', counts(['tlsFlows', 1], ['tlsBytes', 300], ['tls.version:1.3', 1])],
  ])
  expect(encryptedServices(visibility)).toEqual([
    { name: 'large.example', flows: 1, bytes: 300, share: 0.75, tls: { version: { '1.3': 1 } } },
    { name: 'small.example', flows: 2, bytes: 100, share: 0.25, tls: {} },
  ])
})
