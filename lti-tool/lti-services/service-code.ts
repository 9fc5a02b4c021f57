import type { ServiceFailure } from './service-call.ts'

/** What a call to a platform's services met. Public: lists, logs and metrics name them. */
export const serviceCodes = [
  'REFUSED',
  'GONE',
  'FORBIDDEN',
  'SCOPE_REFUSED',
  'UNAUTHENTICATED',
  'CONFLICT',
  'BUSY',
  'FAILING',
  'TIMEOUT',
  'NETWORK',
  'TOKEN_UNAVAILABLE',
  'CLOCK_AHEAD',
  'FOREIGN_HOST',
  'REDIRECTED',
  'TOO_LARGE',
  'UNREADABLE',
  'PLATFORM_INACTIVE',
] as const
/** One of `serviceCodes`. */
export type ServiceCode = (typeof serviceCodes)[number]

const statusCodes: Record<number, ServiceCode> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'GONE',
  408: 'BUSY',
  409: 'CONFLICT',
  410: 'GONE',
  429: 'BUSY',
}

/**
 * Names a failure. A token endpoint that answers anything but a token or a refusal of the scope usually could not fetch
 * our keys (Moodle then answers 404 with a page), so that has a name of its own.
 */
export function codeOfFailure(failure: ServiceFailure): ServiceCode {
  const { where, status, fault } = failure
  if (fault === 'unregistered') return 'PLATFORM_INACTIVE'
  if (fault === 'foreign') return 'FOREIGN_HOST'
  if (fault === 'redirected') return 'REDIRECTED'
  if (fault === 'too-large') return 'TOO_LARGE'
  if (fault === 'timeout') return 'TIMEOUT'
  if (fault === 'network') return 'NETWORK'
  if (fault === 'unreadable') return where === 'token' ? 'TOKEN_UNAVAILABLE' : 'UNREADABLE'
  if (where === 'token' && failure.scopeRefused) return 'SCOPE_REFUSED'
  if (where === 'token' && failure.clockAhead) return 'CLOCK_AHEAD'
  if (status !== null && status >= 500) return 'FAILING'
  const named = status === null ? undefined : statusCodes[status]
  if (where === 'token') return named === 'BUSY' ? 'BUSY' : 'TOKEN_UNAVAILABLE'
  return named ?? 'REFUSED'
}

/** Codes that say something about the platform as a whole, and not about the one thing that was sent. */
const platformWide: ReadonlySet<ServiceCode> = new Set([
  'SCOPE_REFUSED',
  'UNAUTHENTICATED',
  'BUSY',
  'FAILING',
  'TIMEOUT',
  'NETWORK',
  'TOKEN_UNAVAILABLE',
  'CLOCK_AHEAD',
  'FOREIGN_HOST',
  'REDIRECTED',
  'PLATFORM_INACTIVE',
])

/** Whether what was met is likely to be met by everything else that goes to the same platform. */
export function isPlatformWide(code: ServiceCode): boolean {
  return platformWide.has(code)
}

const longestAskedMs = 86_400_000

/** Milliseconds that a `Retry-After` asks for, in seconds or as a date; at most a day, 0 where it says nothing. */
export function askedWaitMs({ retryAfter }: ServiceFailure, nowMs: number): number {
  const text = retryAfter?.trim() ?? ''
  if (text === '') return 0
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isFinite(ms) ? Math.min(longestAskedMs, Math.max(0, ms)) : 0
}

const waitsMs = [30_000, 120_000, 600_000, 3_600_000]

/** How long to wait after so many failures in a row (1, 2, 3 …): 30 s, 2 min, 10 min, then hourly, a fifth more or less. */
export function serviceBackOffMs(failures: number, draw: number, askedMs = 0): number {
  const span = waitsMs[Math.min(failures, waitsMs.length) - 1] ?? 30_000
  return Math.ceil(Math.max(askedMs, span * (0.8 + 0.4 * draw)))
}
