import { isIPv4 } from 'node:net'

/** Whether a host, as an address or URL writes it, is this machine by itself: `localhost`, `127.0.0.0/8`, `[::1]`. Other names are not looked up. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}
