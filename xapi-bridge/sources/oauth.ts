import formbody from '@fastify/formbody'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { NotAuthenticated, NotPermitted, TooMany } from '../errors.ts'
import type { Authenticator } from './authenticate.ts'
import { grantedFor } from './scopes.ts'
import { signSourceToken, tokenLife } from './token.ts'

/** Why no token is given (RFC 6749 §5.2), with the status that goes with it. */
const refusals = {
  invalid_request: [400, 'send grant_type, and id and secret either in the form or by Basic, each once'],
  invalid_client: [401, 'the key or the secret is not known'],
  unauthorized_client: [400, 'this source is paused or was revoked'],
  unsupported_grant_type: [400, 'grant_type is client_credentials'],
  invalid_scope: [400, 'scope is xapi:read, xapi:write or xapi:all, within what the credential permits'],
} as const

class Refused extends Error {
  readonly error: keyof typeof refusals

  constructor(error: keyof typeof refusals) {
    super(error)
    this.error = error
  }
}

/**
 * `POST /oauth/token`: a token for `/xapi` in return for key and secret (RFC 6749 §4.4). Its answers are those of the
 * RFC, not problems, since clients of it know no others.
 */
export const tokenEndpoint: FastifyPluginAsync<{ ground: Ground; authenticator: Authenticator }> = async (
  app,
  { ground, authenticator },
) => {
  const { config, now } = ground
  app.removeAllContentTypeParsers()
  await app.register(formbody, { bodyLimit: 16 * 1024 })
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
  })
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply))

  app.post('/oauth/token', { schema: { hide: true } }, async (request) => {
    const form = formOf(request.body)
    const client = clientOf(request, form)
    const grantType = form.get('grant_type')
    if (grantType === undefined) throw new Refused('invalid_request')
    if (grantType !== 'client_credentials') throw new Refused('unsupported_grant_type')
    const { credentialId, scopes, expiresAt } = await authenticator.credentialFor(
      client.key,
      client.secret,
      request.ip,
    )
    const granted = grantedFor(scopes, form.get('scope')?.split(' ').filter(Boolean) ?? [])
    if (!granted) throw new Refused('invalid_scope')
    const seconds = Math.floor(now() / 1_000_000)
    const expires = Math.min(
      seconds + tokenLife,
      Math.floor((expiresAt ?? Number.MAX_SAFE_INTEGER) / 1_000_000),
    )
    const token = { credentialId, scopes: granted.scopes, expires }
    return {
      access_token: await signSourceToken(config.tokenSecret, token),
      token_type: 'Bearer',
      expires_in: expires - seconds,
      scope: granted.words.join(' '),
    }
  })
}

/** The fields of a form. Throws where one stands twice (RFC 6749 §3.2) or there is no form. */
function formOf(body: unknown): Map<string, string> {
  const form = new Map<string, string>()
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
    if (typeof value !== 'string') throw new Refused('invalid_request')
    // What is sent without a value counts as left out (RFC 6749 §3.2).
    if (value !== '') form.set(name, value)
  }
  return form
}

/** Id and secret, by one way alone (RFC 6749 §2.3). */
function clientOf(
  { headers }: FastifyRequest,
  form: ReadonlyMap<string, string>,
): { key: string; secret: string } {
  const [id, secret] = [form.get('client_id'), form.get('client_secret')]
  if (headers.authorization === undefined) {
    if (id === undefined || secret === undefined) throw new Refused('invalid_client')
    return { key: id, secret }
  }
  if (secret !== undefined) throw new Refused('invalid_request')
  const basic = encodedBasic(headers.authorization)
  if (!basic) throw new Refused('invalid_client')
  if (id !== undefined && id !== basic.key) throw new Refused('invalid_request')
  return basic
}

/** Key and secret as a client sends them here: each encoded for a form before they are joined (RFC 6749 §2.3.1). */
function encodedBasic(authorization: string): { key: string; secret: string } | null {
  const sent = /^Basic ([A-Za-z0-9+/_=-]+)$/i.exec(authorization)?.[1]
  if (!sent) return null
  const text = Buffer.from(sent, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return null
  const [key, secret] = [text.slice(0, colon), text.slice(colon + 1)].map(formDecoded)
  return key === undefined || secret === undefined ? null : { key, secret }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof TooMany) {
    reply.status(429).header('Retry-After', error.retryAfterSeconds)
    return reply.send({ error: 'temporarily_unavailable', error_description: error.message })
  }
  const code = codeOf(error)
  if (!code) throw error
  const [status, description] = refusals[code]
  if (status === 401) reply.header('WWW-Authenticate', 'Basic realm="xAPI", charset="UTF-8"')
  request.log.info({ code }, 'token refused')
  return reply.status(status).send({ error: code, error_description: description })
}

function codeOf(error: unknown): keyof typeof refusals | null {
  if (error instanceof Refused) return error.error
  if (error instanceof NotAuthenticated) return 'invalid_client'
  if (error instanceof NotPermitted) return 'unauthorized_client'
  // A body that is no form, or too large for one.
  const { statusCode = 500 } = error as { statusCode?: number }
  return statusCode >= 400 && statusCode < 500 ? 'invalid_request' : null
}
