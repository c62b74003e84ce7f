import { describe, expect, test } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { defectFields } from '../../src/telemetry/defect.ts'
import { openLog, type LogFields, type LogOptions } from '../../src/telemetry/log.ts'

describe('the log', () => {
  test('writes one JSON object a line', () => {
    const { log, lines } = opened({})
    log.warn('the source is down', { source: 'log:/var/log/access.log', reason: 'no such file or folder', durationMs: 12 })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      message: 'the source is down',
      source: 'log:/var/log/access.log',
      reason: 'no such file or folder',
      durationMs: 12,
    })
  })

  test.each([
    ['error', ['e']],
    ['warn', ['e', 'w']],
    ['info', ['e', 'w', 'i']],
    ['debug', ['e', 'w', 'i', 'd']],
  ] as const)('at level %s says %j', (level, messages) => {
    const { log, lines } = opened({ level })
    log.error('e')
    log.warn('w')
    log.info('i')
    log.debug('d')
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(messages)
  })

  test.each([
    ['a field that is not in the set', { url: '/users/alice', headers: { cookie: 'a' } }, {}],
    ['an object in place of a text', { reason: { toString: () => 'alice' } }, {}],
    ['a text in place of a number', { status: 'alice', count: 1 }, { count: 1 }],
    ['a key of the line itself', { level: 'alice', time: 'alice', message: 'alice' }, {}],
  ])('leaves out %s', (_, fields, expected) => {
    const { log, lines } = opened({})
    log.info('said', fields as LogFields)
    const { level, time, message, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
    expect({ level, time: typeof time, message, rest }).toEqual({ level: 'info', time: 'string', message: 'said', rest: expected })
  })

  test('bounds texts, and shows what a terminal would obey', () => {
    const { log, lines } = opened({})
    log.info('said', { reason: `\u{1b}[31m\u{202e}\n${'x'.repeat(100_000)}` })
    const { reason } = JSON.parse(lines[0] ?? '') as { reason: string }
    expect(reason).toMatch(/^\\u\{1b\}\[31m\\u\{202e\}\\u\{a\}x+…$/)
    expect(reason.length).toBeLessThan(5000)
  })

  test('speaks to people at a terminal', () => {
    const { log, lines } = opened({ format: 'terminal' })
    log.warn('the source is down', { source: 'eth1', reason: 'no "such" device', count: 3 })
    log.info('up')
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}the source is down {2}source=eth1 {2}reason="no \\"such\\" device" {2}count=3\n$/)
    expect(lines[1]).toMatch(/^\S+ info {2}up\n$/)
    const coloured = opened({ format: 'terminal', color: true })
    coloured.log.error('down')
    expect(coloured.lines[0]).toContain('\u{1b}[31merror\u{1b}[39m')
  })
})

describe('what is told of something thrown', () => {
  test('is the message where it is ours', () => {
    expect(defectFields(new TapistryError('STORAGE', 'the disk is full'))).toEqual({ error: 'STORAGE', reason: 'the disk is full' })
  })

  test.each([
    ['SyntaxError', parsed('alice@example.com')],
    ['TypeError', new TypeError('cannot read\n    at alice (x.ts:1:1)')],
  ])('is class and place where it may quote traffic: %s', (error, thrown) => {
    const fields = defectFields(thrown)
    expect(fields).toEqual({ error, stack: expect.stringContaining('log.test.ts') as string })
    expect(JSON.stringify(fields)).not.toContain('alice')
  })

  test('is its type where it is no error', () => expect(defectFields('alice')).toEqual({ error: 'string' }))
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    return thrown
  }
}

function opened(options: Partial<LogOptions>): { log: ReturnType<typeof openLog>; lines: string[] } {
  const lines: string[] = []
  return { log: openLog({ level: 'info', format: 'json', color: false, write: (line) => lines.push(line), ...options }), lines }
}
