/** A field of a message of protocol buffers: a number below 128, or what has a length. */
export function protobufField(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.from([number << 3, value])
  const bytes = Buffer.from(value)
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7]
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes])
}

/** Messages as a body of gRPC. */
export function grpcBody(messages: readonly Buffer[]): Buffer {
  const prefixed = messages.map((message) => {
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    return Buffer.concat([prefix, message])
  })
  return Buffer.concat(prefixed)
}
