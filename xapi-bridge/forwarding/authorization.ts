import type { Clock, Instant } from '../../foundation/time.ts'
import type { Credential } from './credential.ts'
import type { Destination } from './destination.ts'
import type { Sender } from './request.ts'
import { type Verdict, verdictOf, verdictOfFailure } from './verdict.ts'

/** The headers by which a receiver knows us, or why there are none now. */
export type Authorization =
  | { headers: Record<string, string>; failure: null }
  | { headers: null; failure: Verdict }

/** Makes Authorization headers, and keeps tokens of receivers while they are good. One a process. */
export interface Authorizer {
  headersFor(destination: Destination, credential: Credential, signal?: AbortSignal): Promise<Authorization>
  /** Forgets the token of a destination; true if there was one, so that another try is worth it. */
  forget(destination: Pick<Destination, 'id'>): boolean
}

/** A token is fetched anew so long before its end. */
const earlyMs = 30_000

export function createAuthorizer(sender: Sender, now: Clock): Authorizer {
  const tokens = new Map<string, { token: string; until: Instant }>()

  return {
    async headersFor(destination, credential, signal) {
      if (credential.kind === 'basic')
        return { headers: basic(credential.key, credential.secret), failure: null }
      if (credential.kind !== 'oauth') return { headers: {}, failure: null }
      const kept = tokens.get(destination.id)
      if (kept && kept.until > now()) return { headers: bearer(kept.token), failure: null }
      const fetched = await fetchToken(sender, credential, now, signal)
      if ('act' in fetched) return { headers: null, failure: fetched }
      tokens.set(destination.id, fetched)
      return { headers: bearer(fetched.token), failure: null }
    },
    forget: ({ id }) => tokens.delete(id),
  }
}

/** OAuth 2 client credentials (RFC 6749 §4.4), with id and secret form-encoded in Basic (§2.3.1). */
async function fetchToken(
  sender: Sender,
  { tokenUrl, clientId, clientSecret, scope }: Credential & { kind: 'oauth' },
  now: Clock,
  signal?: AbortSignal,
): Promise<{ token: string; until: Instant } | Verdict> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) })
  try {
    const { status, headers, body } = await sender.send(
      {
        method: 'POST',
        url: tokenUrl,
        headers: {
          ...basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)),
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: form.toString(),
      },
      signal,
    )
    const verdict = verdictOf(status, headers, now() / 1000)
    if (verdict.act === 'later') return { ...verdict, choked: false }
    const given = verdict.act === 'delivered' ? tokenIn(body) : null
    // Whatever else a token endpoint says, these credentials do not open it.
    if (!given) return { ...verdict, act: 'pause', code: 'UNAUTHENTICATED' }
    return { token: given.token, until: (now() + Math.max(0, given.lifeMs - earlyMs) * 1000) as Instant }
  } catch (error) {
    return verdictOfFailure(error)
  }
}

function tokenIn(body: string): { token: string; lifeMs: number } | null {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(body) as Record<string, unknown>
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8000}$/.test(token)) return null
    return { token, lifeMs: 1000 * (typeof seconds === 'number' && seconds > 0 ? seconds : 300) }
  } catch {
    return null
  }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

function basic(key: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` }
}
