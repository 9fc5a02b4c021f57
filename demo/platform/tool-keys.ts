import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import type { ToolRegistration } from './tools.ts'

/** Why a token of the tool was not taken; `fault` is for the log of whoever wrote the tool. */
export class ToolTokenRefused extends Error {
  /** True where the tool's key set could not be read, so that nothing is known of the token itself. */
  readonly keysUnavailable: boolean

  constructor(fault: string, keysUnavailable = false) {
    super(fault)
    this.keysUnavailable = keysUnavailable
  }
}

/** What a token of the tool must say. */
export interface Expected {
  /** Any of these must be in `aud`. */
  audience: string[]
  subject?: string
  /** How far `iat`, `nbf` and `exp` may be off, in seconds. */
  leewaySeconds: number
  required: string[]
}

type KeySet = ReturnType<typeof createRemoteJWKSet>

// Longer than any tool needs to make a token and send it (1EdTech Security Framework 1.0 §4.1.1).
const LONGEST_SECONDS = 300

/** Checks tokens that tools signed, by the keys they publish. */
export class ToolKeys {
  readonly #sets = new Map<string, KeySet>()
  readonly #used = new Map<string, number>()

  /** Reads a token signed by `tool`. Throws ToolTokenRefused. */
  async read(token: string, tool: ToolRegistration, expected: Expected): Promise<JWTPayload> {
    const { alg, kid } = headerOf(token)
    if (alg !== 'RS256') throw new ToolTokenRefused('alg must be RS256')
    // jose takes the only key of a set where none is named.
    if (typeof kid !== 'string' || kid === '') throw new ToolTokenRefused('kid is missing')
    try {
      const { payload } = await jwtVerify(token, this.#keysAt(tool.jwksUrl), {
        algorithms: ['RS256'],
        issuer: tool.clientId,
        audience: expected.audience,
        ...(expected.subject === undefined ? {} : { subject: expected.subject }),
        clockTolerance: expected.leewaySeconds,
        requiredClaims: ['iat', 'exp', ...expected.required],
      })
      checkTimes(payload, expected.leewaySeconds)
      return payload
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Uses up an identifier of a token until that token has expired. Throws ToolTokenRefused at the second use. */
  useOnce(kind: string, clientId: string, id: unknown, expSeconds: number): void {
    if (typeof id !== 'string' || id === '') throw new ToolTokenRefused(`${kind} must be a string`)
    const now = Date.now() / 1000
    for (const [key, until] of this.#used) if (until < now) this.#used.delete(key)
    const key = JSON.stringify([kind, clientId, id])
    if (this.#used.has(key)) throw new ToolTokenRefused(`${kind} was used before`)
    this.#used.set(key, expSeconds + LONGEST_SECONDS)
  }

  #keysAt(url: string): KeySet {
    const known = this.#sets.get(url)
    if (known) return known
    // No pause between fetches: a key that the tool has just added is found at once.
    const made = createRemoteJWKSet(new URL(url), {
      cooldownDuration: 0,
      cacheMaxAge: 300_000,
      timeoutDuration: 3_000,
    })
    this.#sets.set(url, made)
    return made
  }
}

function headerOf(token: string): { alg?: string; kid?: string } {
  try {
    return decodeProtectedHeader(token)
  } catch {
    throw new ToolTokenRefused('not a signed token')
  }
}

function checkTimes({ iat = 0, exp = 0 }: JWTPayload, leewaySeconds: number): void {
  const now = Math.floor(Date.now() / 1000)
  if (iat > now + leewaySeconds) throw new ToolTokenRefused('iat is in the future')
  if (exp - iat > LONGEST_SECONDS || exp > now + LONGEST_SECONDS + leewaySeconds) {
    throw new ToolTokenRefused('exp is more than five minutes ahead')
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof ToolTokenRefused) return error
  if (error instanceof errors.JWKSNoMatchingKey)
    return new ToolTokenRefused('no key of that kid is published')
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid)
    return new ToolTokenRefused('the key set of the tool cannot be read', true)
  if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC')
    return new ToolTokenRefused(error.message)
  // What is left of these is the fetch: an answer that is no key set, or no connection.
  if (error instanceof errors.JOSEError || error instanceof TypeError)
    return new ToolTokenRefused('the key set of the tool cannot be read', true)
  return error
}
