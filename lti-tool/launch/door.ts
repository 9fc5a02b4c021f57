import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { toolKeys } from '../lti-services/keys.ts'
import { registerRoutes } from '../platforms/register-routes.tsx'
import { sendHtml } from '../web/page.tsx'
import { launchesCounted } from './counts.ts'
import { formOf, isSecretWord, matchesHash, onlyOnce, queryOf } from './form.ts'
import { acceptLaunch, type LaunchForm, launchFields } from './launch.ts'
import { type BegunLogin, beginLogin, loginByState, loginLifeSeconds, loginParameters } from './login.ts'
import { loginPage, refusalPage, storagePage } from './pages.tsx'
import { PlatformKeys } from './platform-keys.ts'
import { LaunchRefused } from './refusal.ts'
import { RefusedCounter } from './refused-counter.ts'
import { setLaunchCookie, signLaunch } from './session.ts'

/** So many refused requests an address may send in five minutes. */
const mostRefused = 600

const largestForm = 65_536

const loginCookieOf = (state: string) => `__Secure-lti-${state}`
const loginCookieShape = {
  path: '/lti',
  httpOnly: true,
  secure: true,
  sameSite: 'none',
  partitioned: true,
} as const

/** The launch door: what a platform sends a browser to (lti.md §1). */
export const launchDoor: FastifyPluginAsync<Ground> = async (app, ground) => {
  const keys = new PlatformKeys(ground)
  const publishedKeys = toolKeys(ground)
  const refused = new RefusedCounter(ground.now, mostRefused)

  // Forms only, read by ourselves: a parser that keeps the last of two equal names would hide one from our checks.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: largestForm },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  )
  app.addHook('onRequest', async (request) => {
    const seconds = refused.waitSeconds(request.ip)
    if (seconds === 0) return
    const error = new LaunchRefused('rate-limited', 'too many refused requests')
    throw Object.assign(error, { retryAfterSeconds: seconds })
  })
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode >= 400 && reply.statusCode < 500) refused.add(request.ip)
  })

  app.route({ method: ['GET', 'POST'], url: '/lti/login', handler: login })
  app.get('/lti/login/check', checkLogin)
  app.post('/lti/launch', launch)
  app.get('/lti/launch', async (request, reply) =>
    sendHtml(reply.status(405).header('allow', 'POST'), refusalPage('lti-open-from-course', request.id)),
  )
  app.get('/lti/jwks', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(await publishedKeys()),
  )
  await app.register(registerRoutes, ground)

  async function login(request: FastifyRequest, reply: FastifyReply) {
    const given = request.method === 'POST' ? formOf(request) : queryOf(request)
    const parameters = onlyOnce(given, loginParameters)
    const begun = await beginLogin(ground, parameters)
    request.log.info({ registrationId: begun.registration.registrationId }, 'login begun')
    reply.setCookie(loginCookieOf(begun.state), begun.binding, {
      ...loginCookieShape,
      maxAge: loginLifeSeconds,
    })
    // A window of its own keeps the cookie; in a frame, or where the browser does not say, the page finds out first.
    if (request.headers['sec-fetch-dest'] === 'document') return reply.redirect(begun.authenticationUrl, 302)
    return sendHtml(reply, pageOf(begun, parameters))
  }

  async function checkLogin(request: FastifyRequest, reply: FastifyReply) {
    const { state } = onlyOnce(queryOf(request), ['state'])
    if (!isSecretWord(state)) throw new LaunchRefused('lti-malformed', 'state is not one of ours')
    const waiting = await loginByState(ground.db, state, ground.now())
    const brought = request.cookies[loginCookieOf(state)]
    return reply.send({ bound: waiting !== null && matchesHash(brought, waiting.bindingHash) })
  }

  async function launch(request: FastifyRequest, reply: FastifyReply) {
    const form: LaunchForm = onlyOnce(formOf(request), launchFields)
    const cookieOf = (state: string) => request.cookies[loginCookieOf(state)]
    const result = await acceptLaunch(ground, keys, form, cookieOf)
    if (result.outcome === 'ask-storage') {
      const { login: waiting, registration } = result
      const page = storagePage({
        idToken: form.id_token as string,
        state: waiting.state,
        target: waiting.storageTarget as string,
        origin: new URL(registration.authUrl).origin,
      })
      return sendHtml(reply, page)
    }
    const { launch: accepted } = result
    launchesCounted.inc({ outcome: 'accepted' })
    request.log.info({ launchId: accepted.launchId, role: accepted.launchRole }, 'launch accepted')
    // Without all its attributes, `Partitioned` among them, the browser would keep the cookie.
    reply.clearCookie(loginCookieOf(form.state as string), loginCookieShape)
    setLaunchCookie(request, reply, accepted.launchId, signLaunch(app, ground, { ...accepted, code: true }))
    return reply.redirect(`/app/${accepted.launchId}/#code=${accepted.code}`, 303)
  }
}

function pageOf(begun: BegunLogin, parameters: Record<string, string>): string {
  const { lti_storage_target: _, ...original } = parameters
  return loginPage({
    state: begun.state,
    authenticationUrl: begun.authenticationUrl,
    storage: begun.storageTarget
      ? {
          target: begun.storageTarget,
          origin: new URL(begun.registration.authUrl).origin,
          binding: begun.binding,
        }
      : null,
    newWindowUrl: `/lti/login?${new URLSearchParams(original)}`,
  })
}
