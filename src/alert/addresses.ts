import { BlockList, isIP } from 'node:net'

import { ConfigError } from '../config/config_error.ts'

/** Says whether alerts may go to an IP address. */
export type AddressGuard = (address: string) => boolean

/**
 * Public addresses, and those that `allowed` names (`10.0.0.0/8`, `127.0.0.1`). What answers at the others is this machine, its neighbours, or the metadata
 * service of a cloud, which hands out credentials. Throws `ConfigError` where an entry is no network.
 */
export function addressGuard(allowed: readonly string[], place: string): AddressGuard {
  const open = listOf(allowed, place)
  const closed = listOf(closedNetworks, place)
  return (address) => {
    const plain = embedded(address.replace(/^\[|\]$|%.*$/g, ''))
    const version = isIP(plain)
    if (version === 0) return false
    const family = version === 4 ? 'ipv4' : 'ipv6'
    return open.check(plain, family) || !closed.check(plain, family)
  }
}

const closedNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/127',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

function listOf(networks: readonly string[], place: string): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const version = isIP(address)
    const bitsMax = version === 4 ? 32 : 128
    const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity
    if (version === 0 || bits > bitsMax) throw new ConfigError(place, `${JSON.stringify(network)} is no network; write it as 10.0.0.0/8 or 127.0.0.1`)
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** The IPv4 address that an IPv6 address leads to: mapped, translated (NAT64), or tunnelled (6to4); else the address itself. */
function embedded(address: string): string {
  if (isIP(address) !== 6) return address
  const words = wordsOf(address)
  const begins = (...start: number[]): boolean => start.every((word, at) => words[at] === word)
  if (begins(0, 0, 0, 0, 0, 0xff_ff) || begins(0x64, 0xff_9b, 0, 0, 0, 0)) return dotted(words[6], words[7])
  return begins(0x20_02) ? dotted(words[1], words[2]) : address
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function wordsOf(address: string): number[] {
  const [, v4] = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? []
  const bytes = v4?.split('.').map(Number) ?? []
  const plain =
    v4 === undefined ? address : address.slice(0, -v4.length) + [0, 2].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16)).join(':')
  const [left = '', right] = plain.split('::')
  const [head, tail] = [hexWords(left), hexWords(right ?? '')]
  return right === undefined ? head : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

function hexWords(text: string): number[] {
  return text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16))
}
