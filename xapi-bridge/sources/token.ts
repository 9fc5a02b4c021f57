import { createHmac } from 'node:crypto'
import jwt, { type JWT } from '@fastify/jwt'
import Fastify from 'fastify'
import type { Id } from '../../foundation/ids.ts'

/** How long a token lives, in seconds. */
export const tokenLife = 3600

/** What a token for `/xapi` says: whose credential it stands for, and what of its scopes it carries. */
export interface SourceToken {
  credentialId: Id
  scopes: string[]
  /** Seconds since 1970 UTC. */
  expires: number
}

interface Claims {
  sub: string
  scope: string
  exp: number
}

const audience = '/xapi'

const makers = new Map<string, Promise<JWT>>()

/**
 * Tokens of sources have a key and an audience of their own, so that one for `/api/*` never passes for one of them, nor
 * the other way round.
 */
function makerOf(tokenSecret: string): Promise<JWT> {
  let maker = makers.get(tokenSecret)
  if (!maker) {
    const app = Fastify()
    maker = (async () => {
      await app.register(jwt, {
        secret: createHmac('sha256', tokenSecret).update('source-token').digest('hex'),
        sign: { algorithm: 'HS256', iss: 'xueshi', aud: audience },
        // The end is held against our own clock below.
        verify: { algorithms: ['HS256'], allowedIss: 'xueshi', allowedAud: audience, ignoreExpiration: true },
      })
      await app.ready()
      return app.jwt
    })()
    makers.set(tokenSecret, maker)
  }
  return maker
}

/** Signs a token. */
export async function signSourceToken(tokenSecret: string, token: SourceToken): Promise<string> {
  const maker = await makerOf(tokenSecret)
  const iat = token.expires - tokenLife
  return maker.sign({ sub: token.credentialId, scope: token.scopes.join(' '), iat, exp: token.expires })
}

/** What a token says; null unless we signed it for `/xapi`. Whether it has ended is for the caller to see. */
export async function readSourceToken(tokenSecret: string, text: string): Promise<SourceToken | null> {
  const maker = await makerOf(tokenSecret)
  try {
    const { sub, scope, exp } = maker.verify<Claims>(text)
    if (typeof exp !== 'number' || typeof sub !== 'string' || typeof scope !== 'string') return null
    return { credentialId: sub, scopes: scope.split(' '), expires: exp }
  } catch {
    return null
  }
}

/** The token in a header `Authorization: Bearer …`; null for any other. */
export function bearerIn(authorization: string | undefined): string | null {
  return /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1] ?? null
}

/** Whether a header carries a token that says it is for `/xapi`. Proves nothing: it tells which kind to check. */
export function seemsForXapi(authorization: string | undefined): boolean {
  const payload = bearerIn(authorization)?.split('.')[1]
  if (!payload) return false
  try {
    return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud?: unknown }).aud === audience
  } catch {
    return false
  }
}
