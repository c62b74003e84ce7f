import { stripVTControlCharacters } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'

import { csvCell, csvText } from '../../src/output/csv.ts'
import { htmlText } from '../../src/output/html.ts'
import { jsonPieces } from '../../src/output/json.ts'
import { ndjsonText } from '../../src/output/ndjson.ts'
import { sarifText } from '../../src/output/sarif.ts'
import { publishedSchemas } from '../../src/output/schemas.ts'
import { tableText } from '../../src/output/table.ts'
import { sampleEndpoint, sampleFinding, sampleReport, sampleService } from './sample_report.ts'

const endpoint = sampleEndpoint('GET', '/users/{userId}/cards', {
  dataClasses: [
    { class: 'payment_card', in: 'response', status: '200', mediaType: 'application/json', path: '$.cards[].number', seen: 10, of: 10, confidence: 1 },
  ],
})
const service = sampleService('api.example.com', [endpoint, sampleEndpoint('POST', '/users', { labels: ['documented', 'drift'] })])
const report = sampleReport([service], [sampleFinding(service.id, endpoint.id)])
const escape = '\u001b[31m'
const hostile = sampleService(`a<b>${escape}\u202e.example`, [sampleEndpoint('GET', `/=cmd|' /C calc'!A0/"><script>alert(1)</script>${escape}`)])

function validator(name: string) {
  const schema = publishedSchemas().get(name)
  if (schema === undefined) throw new Error(`no schema ${name}`)
  return new Ajv2020({ strict: false }).compile(schema)
}

describe('table', () => {
  const text = tableText(report, { columns: 100, color: false })

  test('shows services, endpoints, sensitive data, findings and what was seen', () => {
    expect(text).toMatchInlineSnapshot(`
      "Tapistry  1 service · 2 endpoints · 24 exchanges · 2026-03-02 09:00 to 09:59 UTC

      api.example.com  rest · inbound · no spec · 24 exchanges · coverage 98 %
                      METHOD  ENDPOINT               SEEN  STATUS   AUTH        LAST
        undocumented  GET     /users/{userId}/cards    12  200 404  bearer-jwt  09:59
                              payment_card in response $.cards[].number
        drift         POST    /users                   12  200 404  bearer-jwt  09:59

      Findings  1 high
        high      An endpoint that no spec has
                  GET api.example.com/users/{userId}/cards

      Seen      40 packets, 40 decoded · 4 flows
      Not seen  nothing that we know of
      "
    `)
  })

  test.each([80, 100, 200])('fits %d columns', (columns) => {
    const long = sampleService('api.example.com', [sampleEndpoint('OPTIONS', `/${'segment/'.repeat(30)}{id}`), ...service.endpoints])
    for (const line of tableText(sampleReport([long], [sampleFinding(long.id, null)]), { columns, color: false }).split('\n'))
      expect([...line].length).toBeLessThanOrEqual(columns)
  })

  test('is plain without colour and coloured with it, and says the same', () => {
    expect(text).not.toContain('\u001b')
    const colored = tableText(report, { columns: 100, color: true })
    expect(colored).toContain('\u001b')
    expect(stripVTControlCharacters(colored)).toBe(text)
  })

  test('a name from traffic cannot steer the terminal', () => {
    const shown = tableText(sampleReport([hostile]), { columns: 200, color: false })
    for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character)
    expect(shown).toContain(String.raw`\u{1b}[31m`)
  })

  test('what no protocol is known of is not seen', () => {
    const visibility = { ...report.inventory.visibility, flows: { unknownProtocol: 2, unknownBytes: 204_800 } }
    const shown = tableText({ ...report, inventory: { ...report.inventory, visibility } }, { columns: 100, color: false })
    expect(shown).toMatch(/Not seen {2}204\.8 kB in 2 connections of a protocol that is not read/u)
  })

  test.each([
    ['nothing was read', {}, /hold no packet and no log line/],
    ['no TCP', { packets: { read: 3, decoded: 3 } }, /no TCP connection/],
    ['only TLS', { packets: { read: 3, decoded: 3 }, tcp: { flows: 2 }, tls: { flows: 2 } }, /encrypted/],
    ['unknown link type', { packets: { read: 3, decoded: 0, unknownLinkType: 3 } }, /link type/],
    ['cut packets', { packets: { read: 3, decoded: 3, truncatedRecord: 2 }, tcp: { flows: 2 } }, /tcpdump -s 0/],
    ['lines of no known format', { logs: { lines: 5, rejected: 5 } }, /--input-format/],
  ])('an empty inventory says why: %s', (_, groups, message) => {
    const empty = sampleReport([])
    const none = { ...empty.inventory.visibility, packets: { read: 0 }, tcp: { flows: 0 } }
    expect(tableText({ ...empty, inventory: { ...empty.inventory, visibility: { ...none, ...groups } } }, { columns: 100, color: false })).toMatch(message)
  })
})

describe('json', () => {
  test('is valid under the published schema', () => {
    const validate = validator('inventory.schema.json')
    expect(validate(JSON.parse([...jsonPieces(report.inventory)].join(''))), JSON.stringify(validate.errors)).toBe(true)
  })

  test.each([
    ['little', report.inventory],
    ['nothing', sampleReport([]).inventory],
    ['much', { ...report.inventory, services: Array.from({ length: 100 }, () => report.inventory.services).flat() }],
  ])('of %s is what one text would be', (_, inventory) => {
    expect([...jsonPieces(inventory)].join('')).toBe(`${JSON.stringify(inventory, null, 2)}\n`)
  })

  test('ndjson has an endpoint a line, valid under its schema', () => {
    const lines = ndjsonText(report.inventory).trimEnd().split('\n')
    const validate = validator('endpoint-line.schema.json')
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(validate(JSON.parse(line)), JSON.stringify(validate.errors)).toBe(true)
  })
})

describe('csv', () => {
  test.each([
    ['a', 'a'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['a\nb', '"a\nb"'],
    ['=1+1', "'=1+1"],
    ['@x', "'@x"],
    ['-1', "'-1"],
    ['+1,2', `"'+1,2"`],
  ])('%j is written %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell)
  })

  test('every row has as many cells as the header', () => {
    const [header = '', ...rows] = csvText(report.inventory).trimEnd().split('\r\n')
    expect(rows).toHaveLength(2)
    for (const row of rows) expect(row.split(',')).toHaveLength(header.split(',').length)
  })
})

describe('html', () => {
  test('escapes what comes from traffic, and loads and runs nothing', () => {
    const page = htmlText(sampleReport([hostile], [sampleFinding(hostile.id, null, { title: '<img src=x onerror=alert(1)>' })]))
    expect(page).not.toMatch(/<script|<img|<link|https?:\/\//)
    expect(page).not.toContain('\u001b')
    expect(page).toContain('&#60;script&#62;')
    expect(page).toContain("default-src 'none'")
  })

  test('every tag that needs an end has one', () => {
    const page = htmlText(report)
    for (const tag of ['table', 'section', 'div', 'span', 'code', 'tbody', 'thead', 'tr', 'header', 'body', 'html']) {
      expect(page.split(`</${tag}>`).length, tag).toBe(page.split(new RegExp(`<${tag}[ >]`)).length)
    }
  })
})

describe('sarif', () => {
  const log = JSON.parse(sarifText({ ...report, inputs: [{ name: 'a b.pcap', kind: 'pcap', exchanges: 12, problem: null }] })) as {
    version: string
    runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; locations: unknown[] }[] }[]
  }

  test('has a rule for each kind and a result for each finding', () => {
    const [run] = log.runs
    expect(log.version).toBe('2.1.0')
    expect(run?.results).toHaveLength(1)
    for (const result of run?.results ?? []) expect(run?.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
  })

  test('names the place and an input file', () => {
    expect(JSON.stringify(log.runs[0]?.results[0]?.locations)).toContain('GET api.example.com/users/{userId}/cards')
    expect(JSON.stringify(log.runs[0]?.results[0]?.locations)).toContain('a%20b.pcap')
  })
})
