import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { decodeJwt } from 'jose'
import { ACCESS_SECONDS } from './access-tokens.ts'
import type { Platform } from './platform.ts'
import { failed, faultsOf, queryOf } from './service-call.ts'
import type { Faults } from './service-modes.ts'
import { ToolTokenRefused } from './tool-keys.ts'
import { activeTool, type ToolRegistration } from './tools.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** An OAuth error of the token endpoint (RFC 6749 §5.2). */
class TokenRefused extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string, text: string) {
    super(text)
    this.status = status
    this.error = error
  }
}

/**
 * The token endpoint: client credentials with a signed assertion (1EdTech Security Framework 1.0 §4.1; RFC 7523).
 *
 * The answer grants what was both asked for and registered; nothing of that is `invalid_scope`.
 */
export function tokenRoutes(app: FastifyInstance, platform: Platform): void {
  app.post('/lti/token', async (request, reply) => {
    const { faults, moodle } = faultsOf(platform, queryOf(request), 'token')
    if (faults.has('html')) return sendHtml(reply, 200)
    if (faults.has('401')) return refuse(reply, new TokenRefused(401, 'invalid_client', 'on purpose'))
    if (faults.has('no-scope')) return refuse(reply, new TokenRefused(400, 'invalid_scope', 'on purpose'))
    if (await failed(reply, faults)) return reply
    try {
      const { tool, scopes } = await grantFor(platform, request, moodle)
      return sendToken(reply, platform.accessTokens.issue({ clientId: tool.clientId, scopes }), scopes, {
        faults,
        moodle,
      })
    } catch (error) {
      if (error instanceof ToolTokenRefused) {
        // Moodle shows its own page where it cannot fetch a key set.
        if (moodle && error.keysUnavailable) return sendHtml(reply, 404)
        return refuse(reply, new TokenRefused(401, 'invalid_client', error.message))
      }
      if (error instanceof TokenRefused) return refuse(reply, error)
      throw error
    }
  })
}

async function grantFor(
  platform: Platform,
  request: FastifyRequest,
  moodle: boolean,
): Promise<{ tool: ToolRegistration; scopes: string[] }> {
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? ''))
    throw new TokenRefused(400, 'invalid_request', 'the body must be a form')
  const given = (request.body ?? {}) as Record<string, string | string[] | undefined>
  const repeated = Object.keys(given).find((name) => Array.isArray(given[name]))
  if (repeated) throw new TokenRefused(400, 'invalid_request', `${repeated} is repeated`)
  const { grant_type, client_assertion_type, client_assertion, scope } = given as Record<string, string>
  if (grant_type !== 'client_credentials')
    throw new TokenRefused(400, 'unsupported_grant_type', 'grant_type must be client_credentials')
  if (client_assertion_type !== ASSERTION_TYPE || !client_assertion)
    throw new TokenRefused(400, 'invalid_request', 'a client_assertion of type jwt-bearer is missing')
  if (!scope) throw new TokenRefused(400, 'invalid_request', 'scope is missing')

  const tool = await clientBy(platform, client_assertion, moodle)
  const scopes = [...new Set(scope.split(' '))].filter((each) => tool.scopes.includes(each))
  if (scopes.length === 0)
    throw new TokenRefused(400, 'invalid_scope', 'nothing that is asked for was granted')
  return { tool, scopes }
}

async function clientBy(platform: Platform, assertion: string, moodle: boolean): Promise<ToolRegistration> {
  const tool = activeTool(platform.tools, claimedClient(assertion))
  if (!tool) throw new TokenRefused(401, 'invalid_client', 'sub is no active client')
  const { publicUrl } = platform.site
  const { jti, exp = 0 } = await platform.toolKeys.read(assertion, tool, {
    audience: [`${publicUrl}/lti/token`, publicUrl],
    subject: tool.clientId,
    leewaySeconds: moodle ? 0 : 60,
    required: ['jti'],
  })
  platform.toolKeys.useOnce('jti', tool.clientId, jti, exp)
  return tool
}

// Read before it is verified, to know whose keys verify it.
function claimedClient(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    throw new ToolTokenRefused('not a signed token')
  }
}

function sendToken(
  reply: FastifyReply,
  token: string,
  scopes: string[],
  { faults, moodle }: { faults: Faults; moodle: boolean },
) {
  const text = JSON.stringify({
    access_token: token,
    token_type: 'Bearer',
    expires_in: ACCESS_SECONDS,
    scope: scopes.join(' '),
  })
  return reply
    .header('cache-control', 'no-store')
    .type(moodle ? 'text/html; charset=utf-8' : 'application/json')
    .send(faults.has('bad-json') ? text.slice(0, text.length / 2) : text)
}

function refuse(reply: FastifyReply, { status, error, message }: TokenRefused) {
  return reply.code(status).header('cache-control', 'no-store').send({ error, error_description: message })
}

function sendHtml(reply: FastifyReply, status: number) {
  return reply.code(status).type('text/html; charset=utf-8').send('<!doctype html><title>登录</title>')
}
