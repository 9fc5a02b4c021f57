import { createHmac } from 'node:crypto'
import jwt from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ExpectedError } from '../errors.ts'
import type { Id } from '../ids.ts'

/** What a token for `/api/*` says: which token, whose account, for what, until when. */
export interface ApiToken {
  /** The token itself, so that it can be revoked. */
  jti: Id
  /** The account that it acts for. */
  sub: Id
  scopes: string[]
}

/** A request that needs a token came without a good one. */
export class TokenRefused extends ExpectedError {
  readonly kind = 'unauthenticated'
  readonly code = 'token-refused'
  override message = 'this address takes a Bearer token of an account, made by `xueshi token create`'
}

/** A token that lacks the scope for what was asked. */
export class ScopeMissing extends ExpectedError {
  readonly kind = 'forbidden'
  readonly code = 'scope-missing'

  constructor(scope: string) {
    super(`the token lacks the scope ${scope}`)
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Signs a token for `/api/*`. */
    signApiToken(token: ApiToken, lifeSeconds: number): string
    /** The token of a request, checked with its scope. Throws TokenRefused or ScopeMissing. */
    requireToken(request: FastifyRequest, scope: string): Promise<ApiToken>
  }
}

const audience = 'xueshi-api'

/**
 * Bearer tokens for scripts and for pages that ask another door: @fastify/jwt, HS256 with a key of their own made from
 * TOKEN_SECRET. `isLive` says whether a token was revoked and its account may still sign in.
 */
export const bearer = fp<{ tokenSecret: string; isLive: (token: ApiToken) => Promise<boolean> }>(
  async (app, { tokenSecret, isLive }) => {
    await app.register(jwt, {
      namespace: 'api',
      secret: createHmac('sha256', tokenSecret).update('api-token').digest('hex'),
      sign: { algorithm: 'HS256', iss: 'xueshi', aud: audience },
      verify: { algorithms: ['HS256'], allowedIss: 'xueshi', allowedAud: audience },
    })
    const signer = () => (app.jwt as unknown as { api: typeof app.jwt }).api

    app.decorate('signApiToken', ({ jti, sub, scopes }: ApiToken, lifeSeconds: number) =>
      signer().sign({ jti, sub, scopes } as object, { expiresIn: lifeSeconds }),
    )
    app.decorate('requireToken', async (request: FastifyRequest, scope: string): Promise<ApiToken> => {
      const sent = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (!sent) throw new TokenRefused()
      let token: ApiToken
      try {
        token = signer().verify<ApiToken>(sent)
      } catch {
        throw new TokenRefused()
      }
      if (!Array.isArray(token.scopes) || !(await isLive(token))) throw new TokenRefused()
      if (!token.scopes.includes(scope) && !token.scopes.includes('all')) throw new ScopeMissing(scope)
      return token
    })
  },
)
