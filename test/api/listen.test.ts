import { describe, expect, test } from 'vitest'

import { assertListenable } from '../../src/api/listen.ts'
import { TapistryError } from '../../src/base/errors.ts'

const guard = (isGuarded: boolean) => ({ dataDir: '/data', isGuarded: () => isGuarded })

describe('an address to listen on', () => {
  test.each([
    ['127.0.0.1:7411', { host: '127.0.0.1', port: 7411 }],
    ['127.9.9.9:1', { host: '127.9.9.9', port: 1 }],
    ['[::1]:7411', { host: '::1', port: 7411 }],
    ['localhost:0', { host: '127.0.0.1', port: 0 }],
    ['LocalHost:65535', { host: '127.0.0.1', port: 65_535 }],
  ])('%s is of this machine', (listen, address) => expect(assertListenable(listen, guard(false))).toEqual({ ...address, isLoopback: true }))

  test.each(['0.0.0.0:7411', ':7411', '[::]:7411', '192.168.0.1:7411', 'tapistry.example.com:7411', 'localhost.example.com:7411', '[::ffff:127.0.0.1]:7411'])(
    '%s is not: it needs a token, and the error says what to do',
    (listen) => {
      expect(() => assertListenable(listen, guard(false))).toThrow(
        /can be reached from other machines.*tapistry token create --scope read --data-dir \/data`.*listen on 127\.0\.0\.1:7411.*ssh -L 7411:127\.0\.0\.1:7411/,
      )
      expect(assertListenable(listen, guard(true))).toMatchObject({ port: 7411, isLoopback: false })
    },
  )

  test.each(['', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:7411', 'a b:1', '[::1:7411', '127.0.0.1:7411/x'])('%j is none', (listen) => {
    expect(() => assertListenable(listen, guard(true))).toThrow(/is no address/)
    expect(() => assertListenable(listen, guard(true))).toThrow(TapistryError)
  })
})
