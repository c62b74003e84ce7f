import { STATUS_CODES } from 'node:http'

/** What is answered where a request is refused: a document of RFC 9457, `application/problem+json`. */
export interface Problem {
  readonly status: number
  /** What was wrong and what to do, one sentence for people. */
  readonly detail: string
  /** Each parameter that is wrong, by pointer: `/query/limit`, `/path/id`, `/header/idempotency-key`. */
  readonly errors?: readonly ParameterProblem[]
  /** Why the daemon is not ready. */
  readonly reasons?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

export interface ParameterProblem {
  readonly pointer: string
  readonly detail: string
  /** Of a document in the body, both from 1. */
  readonly line?: number
  readonly column?: number
}

/** Thrown by routes and hooks; the error handler answers it. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** A request with one wrong parameter. */
export function wrongParameter(pointer: string, detail: string): ProblemError {
  return new ProblemError({ status: 400, detail: `${pointer.split('/').at(-1)}: ${detail}`, errors: [{ pointer, detail }] })
}

export const problemType = 'application/problem+json'

/** The document. `url` is the target of the request; its query may be long and is not repeated. */
export function problemText({ status, detail, errors, reasons }: Problem, url: string): string {
  const [path = ''] = url.split('?', 1)
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance: path.slice(0, pathCharactersMax),
    errors,
    reasons,
  })
}

const pathCharactersMax = 256
