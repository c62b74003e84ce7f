import type { ErrorObject } from 'ajv'
import type { FastifyError } from 'fastify'

import { nearestName } from '../config/nearest.ts'
import { ProblemError, type ParameterProblem, type Problem } from './problem.ts'

/** What the client hears of something that was thrown while its request was served; null for a defect of ours. */
export function problemFor(thrown: unknown): Problem | null {
  if (thrown instanceof ProblemError) return thrown.problem
  if (!(thrown instanceof Error)) return null
  const { validation, validationContext, statusCode } = thrown as Partial<FastifyError>
  if (validation !== undefined) {
    const place = validationContext === 'params' ? 'path' : 'query'
    return wrongParameters(validation as readonly ErrorObject[], place)
  }
  if (statusCode === undefined || statusCode < 400 || statusCode > 499) return null
  return { status: statusCode, detail: fastifyDetails[statusCode] ?? 'the request cannot be served as it is' }
}

/** What a validator found. */
export function wrongParameters(found: readonly ErrorObject[], place: 'path' | 'query' | 'body'): Problem {
  const byField = Map.groupBy(found, (error) => parameterProblem(error, place).pointer)
  const errors = [...byField].slice(0, errorsMax).map(([pointer, own]) => ({ pointer, detail: fieldDetail(own, place) }))
  return { status: 400, detail: errors.map(({ pointer, detail }) => `${pointer.split('/').at(-1)}: ${detail}`).join('; '), errors }
}

const errorsMax = 20

/** One sentence for a field, also where it may be one of several things: the way in which it is none of the other ones is no news. */
function fieldDetail(found: readonly ErrorObject[], place: 'path' | 'query' | 'body'): string {
  const types = [...new Set(found.flatMap(({ keyword, params }) => (keyword === 'type' ? String(params['type']).split(',') : [])))]
  const others = found.filter(({ keyword }) => keyword !== 'type' && keyword !== 'anyOf')
  const [first] = others.length > 0 ? others : found
  const isOfTypes = others.length === 0 && types.length > 1
  return isOfTypes ? `must be ${types.join(' or ')}` : first === undefined ? 'is not valid' : parameterProblem(first, place).detail
}

/** Of refusals that Fastify makes before a route is reached; its own words repeat what was sent. */
const fastifyDetails: Readonly<Record<number, string>> = {
  400: 'the path is not percent-encoded as RFC 3986 says',
  414: 'a part of the path is too long',
  415: 'the Content-Type is not written as RFC 9110 says',
}

function parameterProblem(error: ErrorObject, place: 'path' | 'query' | 'body'): ParameterProblem {
  const extra: unknown = error.params['additionalProperty']
  if (typeof extra === 'string') {
    const known = Object.keys((error.parentSchema as { readonly properties?: object }).properties ?? {})
    const nearest = nearestName(extra, known)
    const detail =
      known.length === 0
        ? 'is not known: there are no parameters here'
        : nearest === null
          ? `is not known: ${known.join(', ')} are`
          : `is not known: did you mean ${nearest}?`
    return { pointer: `/${place}${error.instancePath}/${escaped(extra)}`, detail }
  }
  const missing: unknown = error.params['missingProperty']
  if (typeof missing === 'string') return { pointer: `/${place}${error.instancePath}/${escaped(missing)}`, detail: 'is missing' }
  return { pointer: `/${place}${error.instancePath}`, detail: reasonOf(error, place) }
}

function reasonOf({ keyword, params, message, data }: ErrorObject, place: 'path' | 'query' | 'body'): string {
  if (Array.isArray(data) && place === 'query') return 'is given more than once'
  if (keyword === 'enum') {
    const allowed = (params['allowedValues'] as unknown[]).map(String)
    const nearest = typeof data === 'string' ? nearestName(data, allowed) : null
    return nearest === null ? `must be one of ${allowed.join(', ')}` : `did you mean ${nearest}?`
  }
  if (keyword === 'pattern') return 'is not written as expected'
  return message ?? 'is not valid'
}

/** A name as a part of a JSON pointer (RFC 6901), of a length that people read. */
function escaped(name: string): string {
  return name.slice(0, nameCharactersMax).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')
}

const nameCharactersMax = 64
