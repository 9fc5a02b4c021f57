import type { IncomingHttpHeaders } from 'node:http'
import { Unreached } from './request.ts'

/** What the last attempt at a delivery met. Public: lists and metrics name them. */
export const deliveryCodes = [
  'REFUSED',
  'TOO_LARGE',
  'CONFLICT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'REDIRECTED',
  'UNEXPECTED',
  'BUSY',
  'FAILING',
  'TIMEOUT',
  'NETWORK',
  'TLS_REFUSED',
  'ADDRESS_REFUSED',
  'GIVEN_UP',
  'SEALED',
  'GONE',
  'VERSION_UNSUITED',
  'UNSENDABLE',
] as const
/** One of `deliveryCodes`. */
export type DeliveryCode = (typeof deliveryCodes)[number]

/**
 * What an answer makes us do: it is delivered; the offending one of a batch is looked for, and dead; the destination
 * waits for a person; or all of it is tried again later.
 */
export type Act = 'delivered' | 'bisect' | 'pause' | 'later'

/** An answer, or its absence, as it was judged. */
export interface Verdict {
  act: Act
  /** Null where it was delivered. */
  code: DeliveryCode | null
  status: number | null
  /** At least so long to wait, as the receiver asked. */
  retryAfterMs: number
  /** The receiver itself failed on what it got (500, not a gateway that finds nobody behind it). */
  choked: boolean
}

const later = new Set([408, 425, 429])
const offending: Record<number, DeliveryCode> = {
  400: 'REFUSED',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  422: 'REFUSED',
}
const pausing: Record<number, DeliveryCode> = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' }
const gateways = new Set([502, 503, 504])

/**
 * Judges a status by the table of xapi.md §6. What it does not name: 408 and 425 say "again"; 422 is a 400; a redirect
 * and any other status mean that this is not the address we were told, so a person has to look.
 */
export function verdictOf(status: number, headers: IncomingHttpHeaders, nowMs: number): Verdict {
  const verdict = { code: null, status, retryAfterMs: 0, choked: false }
  if (status >= 200 && status < 300) return { ...verdict, act: 'delivered' }
  const fault = offending[status]
  if (fault) return { ...verdict, act: 'bisect', code: fault }
  if (later.has(status) || status >= 500) {
    return {
      ...verdict,
      act: 'later',
      code: status === 429 ? 'BUSY' : 'FAILING',
      retryAfterMs: retryAfterOf(headers['retry-after'], nowMs),
      choked: status >= 500 && !gateways.has(status),
    }
  }
  const isRedirect = status >= 300 && status < 400
  return { ...verdict, act: 'pause', code: pausing[status] ?? (isRedirect ? 'REDIRECTED' : 'UNEXPECTED') }
}

/** Judges that no answer came. Throws what is no failure of the way there. */
export function verdictOfFailure(error: unknown): Verdict {
  if (!(error instanceof Unreached)) throw error
  const { code } = error
  // The address leads where it must not; trying again would ask the same question for a day.
  const act = code === 'ADDRESS_REFUSED' ? 'pause' : 'later'
  return { act, code, status: null, retryAfterMs: 0, choked: false }
}

const longestWaitMs = 3_600_000
const dayMs = 86_400_000

/** Milliseconds that a `Retry-After` asks for, in seconds or as a date; at most a day, 0 where it says nothing. */
export function retryAfterOf(header: string | undefined, nowMs: number): number {
  if (!header) return 0
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) ? Math.min(dayMs, Math.max(0, ms)) : 0
}

/**
 * How long to wait after so many failures in a row (1, 2, 3 …): anywhere from one second to a span that doubles up to
 * an hour, and never shorter than the receiver asked for. `draw` is in [0, 1).
 */
export function backOffMs(failures: number, draw: number, retryAfterMs = 0): number {
  const span = Math.min(longestWaitMs, 1000 * 2 ** Math.min(failures, 30))
  return Math.ceil(Math.max(retryAfterMs, 1000 + draw * (span - 1000)))
}
