import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { captureOf, packetsOf } from '../e2e/capture_packets.ts'
import { brokenIdentities } from '../e2e/identities.ts'
import { run } from './run.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-filter-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const shop = join(packageFolder, 'examples', 'shop.pcap')
const log = join(packageFolder, 'examples', 'shop-access.log')
const capture = readFileSync(shop)

const probe = await run(['exchanges', shop, '--filter', 'tcp', '-o', '/dev/null'])
const hasLibpcap = probe.exitCode === 0
if (!hasLibpcap) console.log(`skipped: ${probe.err.trimEnd()}`)

const write = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}
const inventoryOf = async (...argv: readonly string[]): Promise<InventoryDocument> => {
  const { out, err, exitCode } = await run(['scan', ...argv, '--format', 'json'])
  if (exitCode !== 0) throw new Error(err)
  const inventory = JSON.parse(out) as InventoryDocument
  expect(brokenIdentities(inventory)).toEqual([])
  return inventory
}
const packetCountsOf = ({ visibility: { packets } }: InventoryDocument): { read: number; filtered: number } => ({
  read: packets['read'] ?? Number.NaN,
  filtered: packets['filtered'] ?? Number.NaN,
})

/** The capture with every packet of these ports in a VLAN. */
function taggedCapture(isTagged: (ports: readonly number[]) => boolean): Buffer {
  const records = packetsOf(capture).map(({ record }) => {
    const [header, frame] = [Buffer.from(record.subarray(0, 16)), record.subarray(16)]
    if (!isTagged([frame.readUInt16BE(34), frame.readUInt16BE(36)])) return record
    for (const at of [8, 12]) header.writeUInt32LE(header.readUInt32LE(at) + 4, at)
    return Buffer.concat([header, frame.subarray(0, 12), Buffer.from([0x81, 0, 0, 7]), frame.subarray(12)])
  })
  return Buffer.concat([capture.subarray(0, 24), ...records])
}

/** The capture as one of another link type. */
function captureOfLinkType(linkType: number): Buffer {
  const other = Buffer.from(capture)
  other.writeUInt32LE(linkType, 20)
  return other
}

describe('without a filter', () => {
  test('no packet is filtered', async () => {
    expect(packetCountsOf(await inventoryOf(shop)).filtered).toBe(0)
  })
})

describe.skipIf(!hasLibpcap)('--filter', () => {
  test('gives what a capture of the packets that pass gives, and counts the others', async () => {
    const passing = packetsOf(capture).filter(({ record }) => [record.readUInt16BE(50), record.readUInt16BE(52)].includes(8080))
    const cut = await inventoryOf(write('8080.pcap', captureOf(capture, passing)))
    const filtered = await inventoryOf(shop, '--filter', 'tcp port 8080')
    expect(packetCountsOf(filtered)).toEqual({ read: packetsOf(capture).length, filtered: packetsOf(capture).length - passing.length })
    expect(filtered.services.map(({ name }) => name)).toEqual(['stock.internal:8080'])
    const packets = { ...filtered.visibility.packets, read: passing.length, filtered: 0 }
    expect({ ...filtered, visibility: { ...filtered.visibility, packets } }).toEqual(cut)
    expect(await inventoryOf(shop, '--filter', 'tcp port 8080', '--workers', '3')).toEqual(filtered)
  })

  test.each(['tcp port 80', 'src host 10.1.1.20 or greater 500', 'tcp[tcpflags] & tcp-syn != 0', 'ip6', 'vlan'])(
    '%s and its opposite share the packets',
    async (filter) => {
      const [some, others] = [
        packetCountsOf(await inventoryOf(shop, '--filter', filter)),
        packetCountsOf(await inventoryOf(shop, '--filter', `not (${filter})`)),
      ]
      expect(some.read).toBe(packetsOf(capture).length)
      expect(some.filtered + others.filtered).toBe(some.read)
    },
  )

  test('vlan tells tagged packets from others', async () => {
    const input = write(
      'vlan.pcap',
      taggedCapture((ports) => ports.includes(8080)),
    )
    const namesOf = async (filter: string): Promise<string[]> => (await inventoryOf(input, '--filter', filter)).services.map(({ name }) => name)
    expect(await namesOf('vlan 7')).toEqual(['stock.internal:8080'])
    expect(await namesOf('vlan 8')).toEqual([])
    const untagged = await namesOf('not vlan')
    expect(untagged).toContain('shop.example.com')
    expect(untagged).not.toContain('stock.internal:8080')
  })

  test('what is left out is shown', async () => {
    expect((await run(['scan', shop, '--filter', 'tcp port 8080'])).out).toMatch(/7,916 packets, 527 decoded, 2 copies of others, 7,387 left out by the filter/)
    const { out } = await run(['exchanges', shop, '--filter', 'tcp port 8080', '--summary'])
    const lines = out.trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ summary: { 'packets.filtered': 7_387, 'packets.decoded': 527, 'packets.duplicate': 2 } })
    expect(lines.slice(0, -1).every((line) => line.includes('"stock.internal:8080"'))).toBe(true)
  })

  test('a link type that the filter does not compile for is a problem of its input, the others are done', async () => {
    const ppp = write('ppp.pcap', captureOfLinkType(9))
    const { exitCode, out, err } = await run([
      'scan',
      ppp,
      write(
        'vlan.pcap',
        taggedCapture(() => true),
      ),
      '--filter',
      'vlan',
      '--format',
      'json',
    ])
    expect(exitCode).toBe(3)
    expect(err).toMatch(/^tapistry: \S*ppp\.pcap: packets of link type 9 are left out, the filter does not compile for them: \S.*\n$/)
    const inventory = JSON.parse(out) as InventoryDocument
    expect(brokenIdentities(inventory)).toEqual([])
    expect(packetCountsOf(inventory).filtered).toBe(packetsOf(capture).length)
    expect(inventory.services.map(({ name }) => name)).toContain('shop.example.com')
  })

  test.each([
    ['tcp prot 80', /packet filter "tcp prot 80": .*syntax error/],
    ['tcp port 80\u001b[1m\n', /packet filter "tcp port 80\\u\{1b\}\[1m\\n": /],
    ['ip and ip6', /packet filter "ip and ip6": .*rejects all packets/],
  ])('%j is wrong usage', async (filter, message) => {
    for (const command of ['scan', 'exchanges']) {
      const { exitCode, out, err } = await run([command, shop, '--filter', filter])
      expect(err).toMatch(message)
      expect(err.trimEnd().split('\n')).toHaveLength(1)
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
    }
  })

  test('logs alone are read whole, with a note', async () => {
    const argv = ['scan', log, '--host', 'shop.example.com', '--format', 'json']
    const plain = await run(argv)
    const filtered = await run([...argv, '--filter', 'tcp port 1'])
    expect(filtered).toEqual({ ...plain, err: expect.stringMatching(/^tapistry: --filter applies to captures only, .*\n$/) as string })
    expect(await run([...argv, '--filter', 'tcp port 1', '--quiet'])).toEqual(plain)
    expect((await run(['scan', log, shop, '--host', 'shop.example.com', '--filter', 'tcp port 1'])).err).toBe('')
  })

  test('a data folder keeps what passed, and takes the rest as read', async () => {
    const data = join(folder, 'data')
    const first = await inventoryOf(shop, '--filter', 'tcp port 8080', '--data-dir', data)
    expect(first.services.map(({ name }) => name)).toEqual(['stock.internal:8080'])
    expect(await inventoryOf(shop, '--data-dir', data)).toEqual(first)
  })
})
