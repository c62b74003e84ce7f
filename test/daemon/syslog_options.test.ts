import { describe, expect, test } from 'vitest'

import { makeSources } from '../../src/daemon/make_sources.ts'

const context = { cwd: '/etc/tapistry', engine: { hashKey: new Uint8Array(16), literals: [], words: [] }, now: () => 0, flushMs: 1000 }
const sources = (options: object): readonly string[] => makeSources([{ type: 'syslog', ...options }], context).all.map(({ id }) => id)

describe('a source of type syslog', () => {
  test('is known by its address, and by its protocol where one is named', () => {
    expect(sources({ listen: '127.0.0.1:5514' })).toEqual(['syslog:127.0.0.1:5514'])
    expect(sources({ listen: '[::1]:514', protocol: 'udp', format: 'haproxy', host: 'shop.example.com' })).toEqual(['syslog:udp:[::1]:514'])
    expect(sources({ listen: '0.0.0.0:6514', protocol: 'tls', tls: { certFile: 'a.pem', keyFile: 'a.key' } })).toEqual(['syslog:tls:0.0.0.0:6514'])
  })

  const wrong: ReadonlyArray<readonly [options: object, message: string]> = [
    [{ listen: ':5514' }, 'sources.0.listen: ":5514" is no IP address with a port: write 127.0.0.1:5514'],
    [{ listen: 'localhost:5514' }, 'is no IP address'],
    [{ listen: '127.0.0.1' }, 'is no IP address with a port'],
    [{ listen: '127.0.0.1:70000' }, 'is no IP address with a port'],
    [{ listen: '127.0.0.1:1', protocol: 'tls' }, 'sources.0: protocol tls needs tls: { certFile: ..., keyFile: ... }'],
    [{ listen: '127.0.0.1:1', tls: { certFile: 'a.pem', keyFile: 'a.key' } }, 'sources.0.tls: tls is used with protocol: tls alone'],
    [{ listen: '127.0.0.1:1', format: 'har' }, 'sources.0.format: har is no format of logs'],
    [{ listen: '127.0.0.1:1', format: '$nothing' }, 'cannot be used'],
  ]
  test.each(wrong)('%o is refused', (options, message) => {
    expect(() => sources(options)).toThrow(message)
  })
})
