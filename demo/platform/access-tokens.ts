import { randomBytes } from 'node:crypto'

/** Seconds that an access token is good for. */
export const ACCESS_SECONDS = 3_600

/** What an access token allows. */
export interface Access {
  clientId: string
  scopes: string[]
}

/** The access tokens that the platform has given out; random text, known to it alone. */
export interface AccessTokens {
  issue(access: Access): string
  /** Null for an unknown, expired or withdrawn token. */
  find(token: string): Access | null
  /** Makes every token unknown, as a platform that was restarted. */
  withdrawAll(): void
}

/** Keeps access tokens in memory. */
export function openAccessTokens(now: () => number = Date.now): AccessTokens {
  const given = new Map<string, Access & { until: number }>()
  return {
    issue(access) {
      for (const [token, { until }] of given) if (until <= now()) given.delete(token)
      const token = randomBytes(32).toString('base64url')
      given.set(token, { ...access, until: now() + ACCESS_SECONDS * 1000 })
      return token
    },
    find(token) {
      const found = given.get(token)
      return found && found.until > now() ? found : null
    },
    withdrawAll: () => given.clear(),
  }
}
