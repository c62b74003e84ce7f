import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

import { systemCode } from '../base/errors.ts'
import { securityHeaders } from './headers.ts'
import { problemText, problemType, type Problem } from './problem.ts'

/** Answers bytes that are no request, or no whole one in time, and ends the connection; says nothing where an answer is on its way already. */
export function rawRefusal(error: Error, socket: Duplex, isAnswering: boolean): void {
  if (!socket.writable || isAnswering) {
    socket.destroy()
    return
  }
  const { status, detail } = problems[systemCode(error) ?? ''] ?? malformed
  const body = problemText({ status, detail }, '')
  const fields = { ...securityHeaders, 'content-type': problemType, 'content-length': String(Buffer.byteLength(body)), 'connection': 'close' }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`)
}

const malformed: Problem = { status: 400, detail: 'this is no request of HTTP/1.1' }

const problems: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'the request line and fields are too long' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'the request did not arrive in time' },
}
