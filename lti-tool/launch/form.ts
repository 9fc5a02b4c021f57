import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { sha256 } from '../../foundation/ids.ts'
import { LaunchRefused } from './refusal.ts'

/** 32 random bytes as 43 characters of base64url. */
export function secretWord(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether text could be one of our secret words. */
export function isSecretWord(text: unknown): text is string {
  return typeof text === 'string' && /^[\w-]{43}$/.test(text)
}

/** Whether a word has this hash, without telling by time how much of it was right. */
export function matchesHash(word: string | undefined, hash: Buffer): boolean {
  return word !== undefined && timingSafeEqual(sha256(word), hash)
}

/** The form that a request posts. Throws LaunchRefused `lti-malformed` where there is none. */
export function formOf(request: FastifyRequest): URLSearchParams {
  if (request.body instanceof URLSearchParams) return request.body
  throw new LaunchRefused('lti-malformed', 'no form', 'unsupported')
}

/** The query, read from the address itself: the parsed one would fold repeated names into lists. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  const at = request.url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1))
}

/**
 * The fields of a form or query. Throws LaunchRefused `lti-malformed` where one of the known names comes twice: two
 * readers might take different ones for true. What is not known is left out.
 */
export function onlyOnce(given: URLSearchParams, known: string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const name of known) {
    const values = given.getAll(name)
    if (values.length > 1) throw new LaunchRefused('lti-malformed', `${name} is repeated`)
    if (values[0] !== undefined) fields[name] = values[0]
  }
  return fields
}
