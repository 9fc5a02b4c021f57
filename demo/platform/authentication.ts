import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { claimsOf } from './claims.ts'
import { launchIdIn, type PreparedLaunch, storageTargetOf } from './launches.ts'
import { formPostPage, platformErrorPage } from './pages.tsx'
import { type Person, subjectOf } from './people.ts'
import type { Platform } from './platform.ts'
import { signToken } from './tokens.ts'
import { activeTool } from './tools.ts'

type Parameters = Record<string, string | undefined>

/**
 * The OIDC authentication endpoint (1EdTech Security Framework 1.0 §5.1.1.2; OpenID Connect Core §3.2.2.1).
 *
 * Until client and redirect_uri are known to belong together nothing is sent
 * anywhere: an error goes to a page of ours, else the endpoint would be an
 * open redirector. After that every answer is a form post to the tool.
 */
export function authenticationRoutes(app: FastifyInstance, platform: Platform): void {
  const seen: { states: string[]; nonces: string[] } = { states: [], nonces: [] }

  app.get('/lti/auth', (request, reply) => authenticate(request, reply, request.query as Parameters))
  app.post('/lti/auth', (request, reply) => authenticate(request, reply, (request.body ?? {}) as Parameters))

  async function authenticate(request: FastifyRequest, reply: FastifyReply, asked: Parameters) {
    const tool = activeTool(platform.tools, asked.client_id)
    const redirectUri = asked.redirect_uri ?? ''
    if (!tool) return refusePage(reply, 400, 'unknown client_id')
    if (!tool.redirectUris.includes(redirectUri))
      return refusePage(reply, 400, 'redirect_uri is not a registered one')

    const fault = faultIn(asked)
    if (fault) return refuse(reply, redirectUri, asked.state, ...fault)

    const launch = platform.launches.take(launchIdIn(asked.lti_message_hint) ?? '')
    // A page and not a form post, as Moodle does: a login that is visited twice has nothing left to continue.
    if (!launch || launch.tool !== tool) return refusePage(reply, 404, 'lti_message_hint is unknown or used')
    if (launch.modes.authError) {
      return refuse(reply, redirectUri, asked.state, 'login_required', '<b onclick="alert(1)">请重新登录</b>')
    }
    if (!isSignedIn(platform.signedIn(request), launch, asked.login_hint, platform.bindsByCookie)) {
      return refuse(
        reply,
        redirectUri,
        asked.state,
        'login_required',
        'the user of this launch is not signed in',
      )
    }
    return answer(reply, launch, redirectUri, asked)
  }

  async function answer(reply: FastifyReply, launch: PreparedLaunch, redirectUri: string, asked: Parameters) {
    const { modes } = launch
    const nonce = spoiltNonce(modes.nonce, asked.nonce as string, seen.nonces)
    const claims = claimsOf(launch, platform, nonce, Math.floor(Date.now() / 1000))
    const fields: [string, string][] = [['id_token', await signToken(claims, platform.keys, modes)]]
    const state = spoiltState(modes.state, asked.state, seen.states)
    if (state !== undefined) fields.push(['state', state])
    const target = storageTargetOf(modes.storage)
    if (target) fields.push(['lti_storage_target', target])
    if (asked.state) seen.states = [...seen.states, asked.state].slice(-8)
    seen.nonces = [...seen.nonces, asked.nonce as string].slice(-8)
    return sendPage(reply, 200, formPostPage(redirectUri, fields, { copies: copiesOf(modes.post) }))
  }
}

// What the documents demand of the request, each with the OAuth error it answers.
function faultIn(asked: Parameters): [string, string] | null {
  if (!asked.scope?.split(' ').includes('openid')) return ['invalid_scope', 'scope must be openid']
  if (asked.response_type !== 'id_token')
    return ['unsupported_response_type', 'response_type must be id_token']
  if (asked.response_mode !== 'form_post') return ['invalid_request', 'response_mode must be form_post']
  if (asked.prompt !== 'none') return ['invalid_request', 'prompt must be none']
  if (!asked.nonce) return ['invalid_request', 'nonce is missing']
  if (!asked.login_hint) return ['invalid_request', 'login_hint is missing']
  return null
}

function isSignedIn(
  person: Person | null,
  launch: PreparedLaunch,
  loginHint: string | undefined,
  bindsByCookie: boolean,
): boolean {
  if (subjectOf(launch.person.key) !== loginHint) return false
  if (person) return person.key === launch.person.key
  return !bindsByCookie
}

function refuse(
  reply: FastifyReply,
  redirectUri: string,
  state: string | undefined,
  error: string,
  text: string,
) {
  const fields: [string, string][] = [
    ['error', error],
    ['error_description', text],
  ]
  if (state) fields.push(['state', state])
  return sendPage(reply, 200, formPostPage(redirectUri, fields, { copies: 1 }))
}

function refusePage(reply: FastifyReply, status: number, text: string) {
  return sendPage(reply, status, platformErrorPage(text))
}

function sendPage(reply: FastifyReply, status: number, page: string) {
  return reply.code(status).type('text/html; charset=utf-8').send(page)
}

function copiesOf(post: 'twice' | 'burst' | null): number {
  return post === 'burst' ? 8 : post === 'twice' ? 2 : 1
}

function spoiltNonce(mode: PreparedLaunch['modes']['nonce'], nonce: string, seen: string[]): unknown {
  switch (mode) {
    case 'missing':
      return undefined
    case 'object':
      return { nonce }
    case 'other':
      return 'A'.repeat(43)
    case 'replayed':
      return seen.at(-1) ?? 'A'.repeat(43)
    default:
      return nonce
  }
}

function spoiltState(mode: PreparedLaunch['modes']['state'], state: string | undefined, seen: string[]) {
  switch (mode) {
    case 'missing':
      return undefined
    case 'other':
      return seen.filter((each) => each !== state).at(-1) ?? 'B'.repeat(43)
    case 'invented':
      return 'B'.repeat(43)
    case 'malformed':
      return '<state>'
    default:
      return state
  }
}
