import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'

/** How many datagrams the kernel has dropped that were sent to the UDP socket at this address, since it was opened; null where the system does not say. */
export function kernelDrops({ address, family, port }: AddressInfo): number | null {
  const local = `${family === 'IPv6' ? hexOfV6(address) : hexOfV4(address)}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
  try {
    const rows = readFileSync(family === 'IPv6' ? '/proc/net/udp6' : '/proc/net/udp', 'latin1').split('\n')
    const row = rows.map((text) => text.trim().split(/\s+/)).find((columns) => columns[1] === local)
    return row === undefined ? null : Number(row.at(-1))
  } catch {
    // There is no such file where the system is no Linux.
    return null
  }
}

/** As the kernel writes an address: words of four bytes as numbers of this machine, which is little-endian. */
function hexOfV4(address: string): string {
  return wordOf(address.split('.').map(Number))
}

function hexOfV6(address: string): string {
  const [plain = ''] = address.split('%', 1)
  // A URL writes every address in one way, without the form that ends in an IPv4 address.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')]
  const groups = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff])
  return [0, 4, 8, 12].map((at) => wordOf(bytes.slice(at, at + 4))).join('')
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function wordOf(bytes: readonly number[]): string {
  return bytes
    .toReversed()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
