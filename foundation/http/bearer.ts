import { createHmac } from 'node:crypto'
import jwt, { type JWT } from '@fastify/jwt'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ExpectedError } from '../errors.ts'
import type { Id } from '../ids.ts'

/** What a token for `/api/*` says: which token, whose account, for what. */
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
    /** The token of a request, checked with its scope. Throws TokenRefused or ScopeMissing. */
    requireToken(request: FastifyRequest, scope: string): Promise<ApiToken>
  }
}

/** Tokens have a key of their own, made from TOKEN_SECRET, so that nothing else signed with it passes for one. */
async function registerJwt(app: FastifyInstance, tokenSecret: string): Promise<void> {
  await app.register(jwt, {
    namespace: 'api',
    secret: createHmac('sha256', tokenSecret).update('api-token').digest('hex'),
    sign: { algorithm: 'HS256', iss: 'xueshi', aud: 'xueshi-api' },
    verify: { algorithms: ['HS256'], allowedIss: 'xueshi', allowedAud: 'xueshi-api' },
  })
}

function jwtOf(app: FastifyInstance): JWT {
  return (app.jwt as unknown as { api: JWT }).api
}

const signers = new Map<string, Promise<JWT>>()

/** Signs a token for `/api/*` that lives so many seconds. */
export async function signApiToken(
  tokenSecret: string,
  token: ApiToken,
  lifeSeconds: number,
): Promise<string> {
  return (await signerFor(tokenSecret)).sign({ ...token }, { expiresIn: lifeSeconds })
}

/** Reads a token for `/api/*` outside a request, as commands get one. Throws TokenRefused; does not ask who may use it. */
export async function readApiToken(tokenSecret: string, text: string): Promise<ApiToken> {
  const signer = await signerFor(tokenSecret)
  try {
    const token = signer.verify<ApiToken>(text)
    if (Array.isArray(token.scopes)) return token
  } catch {
    // Forged, ended or no token: which of these helps nobody but a forger.
  }
  throw new TokenRefused()
}

function signerFor(tokenSecret: string): Promise<JWT> {
  let signer = signers.get(tokenSecret)
  if (!signer) {
    const app = Fastify()
    signer = registerJwt(app, tokenSecret)
      .then(() => app.ready())
      .then(() => jwtOf(app))
    signers.set(tokenSecret, signer)
  }
  return signer
}

/**
 * Checks Bearer tokens for everything below it. `isUsable` says whether a token was revoked and its account may still
 * do what the token is for.
 */
export const bearer = fp<{ tokenSecret: string; isUsable: (token: ApiToken) => Promise<boolean> }>(
  async (app, { tokenSecret, isUsable }) => {
    await registerJwt(app, tokenSecret)
    app.decorate('requireToken', async (request: FastifyRequest, scope: string): Promise<ApiToken> => {
      const sent = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (!sent) throw new TokenRefused()
      let token: ApiToken
      try {
        token = jwtOf(app).verify<ApiToken>(sent)
      } catch {
        throw new TokenRefused()
      }
      if (!Array.isArray(token.scopes) || !(await isUsable(token))) throw new TokenRefused()
      if (!token.scopes.includes(scope)) throw new ScopeMissing(scope)
      return token
    })
  },
)
