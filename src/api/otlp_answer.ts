/** Answers of OTLP/HTTP, in the form of the request (OTLP 1.x, "OTLP/HTTP Response"). */
export type OtlpForm = 'protobuf' | 'json'

export const otlpTypes: Readonly<Record<OtlpForm, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' }

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: empty, or with its partial_success (1) of how many were rejected (1), and why (2). */
export function exportAnswer(signal: 'traces' | 'logs', rejected: number, message: string, form: OtlpForm): Buffer {
  if (form === 'json') {
    const name = signal === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords'
    // 64-bit integers are texts in the JSON of Protocol Buffers.
    return Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess: { [name]: String(rejected), errorMessage: message } }))
  }
  return rejected === 0 ? Buffer.alloc(0) : text(1, Buffer.concat([Buffer.from([1 << 3]), varint(rejected), text(2, Buffer.from(message))]))
}

/** `google.rpc.Status` with its message (2): what every refusal has for a body. */
export function statusAnswer(message: string, form: OtlpForm): Buffer {
  return form === 'json' ? Buffer.from(JSON.stringify({ message })) : text(2, Buffer.from(message))
}

/** A field of text or of a message. */
function text(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}
