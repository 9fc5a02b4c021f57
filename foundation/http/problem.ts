import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isConnectionLost } from '../database/dialect.ts'
import { type ErrorKind, ExpectedError, type Fault } from '../errors.ts'

/** A failure as RFC 9457 says it. `type` ends in a code of docs/problems.md. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail?: string
  errors?: Fault[]
}

const statusByKind: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  unfit_method: 405,
  conflict: 409,
  gone: 410,
  outdated: 412,
  too_large: 413,
  unsupported: 415,
  limited: 429,
  unavailable: 503,
}

/** How many faults one answer names at most. */
const mostFaults = 100

/** The HTTP status that a kind of failure means. */
export function statusOf(kind: ErrorKind): number {
  return statusByKind[kind]
}

function problem(code: string, status: number, title: string, more: Partial<Problem> = {}): Problem {
  return { type: `https://xueshi.example/problems/${code}`, title, status, code, ...more }
}

/** The one place where an error becomes an HTTP answer. A defect gives 500 and no detail. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ExpectedError) {
    const errors = error.errors?.slice(0, mostFaults)
    return problem(error.code, statusByKind[error.kind], error.message, errors ? { errors } : {})
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation
      .slice(0, mostFaults)
      .map((fault) => ({ pointer: fault.instancePath, detail: fault.message ?? 'not valid' }))
    return problem('invalid-request', 400, 'the request does not have the form that is asked for', { errors })
  }
  if (isConnectionLost(error)) return problem('unavailable', 503, 'the database cannot be reached; try again')
  const { statusCode = 500, message } = error as FastifyError
  if (statusCode < 500) return problem(codeByStatus[statusCode] ?? 'bad-request', statusCode, message)
  return problem('internal-error', 500, 'Internal Server Error')
}

/** Writes a problem for whoever asked: in lines of text for who wants `text/plain` first, else as RFC 9457 says it. */
export function writtenProblem(problem: Problem, accept: string | undefined): { type: string; body: string } {
  if (!/^\s*text\/plain/i.test(accept ?? ''))
    return { type: 'application/problem+json', body: JSON.stringify(problem) }
  const lines = (problem.errors ?? []).map(({ index, pointer, detail }) => {
    const place = [index === undefined ? '' : `statement ${index}`, pointer ?? ''].filter(Boolean).join(' ')
    return place ? `${place}: ${detail}` : detail
  })
  return { type: 'text/plain; charset=utf-8', body: `${[problem.title, ...lines].join('\n')}\n` }
}

const codeByStatus: Record<number, string> = {
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'rate-limited',
}
