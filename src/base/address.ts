/** `host` and `port` of `127.0.0.1:7411`, `[::1]:7411`, `localhost`, `:7411`; null where the text is none. */
export function splitAddress(text: string): { readonly host: string; readonly port: number | null } | null {
  const [, host, digits] = /^(\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{0,255})(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? null : Number(digits)
  return host === undefined || (port !== null && port > 65_535) ? null : { host, port }
}
