import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Person } from './people.ts'

/** Name of the platform's session cookie. */
export const SESSION_COOKIE = 'platform_session'

/** Who is signed in, by cookie. */
export interface Sessions {
  /** Begins a session and returns its cookie value. */
  begin(person: Person): string
  personOf(request: FastifyRequest): Person | null
  /** `crossSite` sets SameSite=None, which browsers take with Secure only. */
  setCookie(reply: FastifyReply, value: string, crossSite: boolean): void
}

/**
 * Keeps sessions in memory.
 *
 * Their cookie is for cross-site use where it can be: the authentication endpoint is
 * visited in a frame that another site sent there, where a Lax cookie would stay away.
 */
export function openSessions(): Sessions {
  const people = new Map<string, Person>()
  return {
    begin(person) {
      const id = randomUUID()
      people.set(id, person)
      return id
    },
    personOf: (request) => people.get(request.cookies[SESSION_COOKIE] ?? '') ?? null,
    setCookie(reply, value, crossSite) {
      reply.setCookie(SESSION_COOKIE, value, {
        path: '/',
        httpOnly: true,
        secure: crossSite,
        sameSite: crossSite ? 'none' : 'lax',
      })
    },
  }
}

/** Whether browsers keep a Secure cookie for this address: https, and the machine itself. */
export function keepsSecureCookies(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}
