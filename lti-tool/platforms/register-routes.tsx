import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { formOf, onlyOnce, queryOf } from '../launch/form.ts'
import { LaunchRefused } from '../launch/refusal.ts'
import { isSameOrigin } from '../launch/session.ts'
import { type Lang, langOf } from '../web/messages.ts'
import { sendHtml } from '../web/page.tsx'
import { type Invitation, openInvitation } from './invitation.ts'
import { mayFetch, type RegistrationCall, type RegistrationFault, registerPlatform } from './register.ts'
import { confirmPage, refusedPage, registeredPage } from './register-pages.tsx'

const fields = ['openid_configuration', 'registration_token']

/**
 * Dynamic registration (lti.md §6) at a one-time address that an administrator made: GET shows what would happen, POST
 * does it. Any other address below is closed, and nothing is fetched for it.
 */
export const registerRoutes: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.route({ method: ['GET', 'POST'], url: '/lti/register', handler: async () => closed() })

  app.get<{ Params: { token: string } }>('/lti/register/:token', async (request, reply) => {
    const { token } = request.params
    const invitation = await invited(request, token)
    const call = callOf(onlyOnce(queryOf(request), fields))
    if (!mayFetch(ground, invitation, call.openidConfiguration))
      return refuse(request, reply, invitation, { step: 'address' })
    return sendHtml(reply, confirmPage(langOfRequest(request), `/lti/register/${token}`, invitation, call))
  })

  app.post<{ Params: { token: string } }>('/lti/register/:token', async (request, reply) => {
    const { token } = request.params
    const invitation = await invited(request, token)
    if (!isSameOrigin(request, ground.config)) throw new LaunchRefused('csrf-refused', 'another origin')
    const call = callOf(onlyOnce(formOf(request), fields))
    const done = await registerPlatform(ground, { token, invitation }, call)
    if (done.outcome === 'closed') return closed()
    if (done.outcome === 'refused') return refuse(request, reply, invitation, done.fault)
    const { origin } = new URL(call.openidConfiguration)
    return sendHtml(reply, registeredPage(langOfRequest(request), done, origin))
  })

  /** The invitation of an address; the platform that is expected may show these pages in a frame. */
  async function invited(request: FastifyRequest, token: string): Promise<Invitation> {
    const invitation = await openInvitation(ground.db, token, ground.now())
    if (!invitation) return closed()
    const plain = ground.config.allowHttp ? [`http://${invitation.host}`] : []
    request.frameAncestors = [`https://${invitation.host}`, ...plain]
    return invitation
  }
}

function closed(): never {
  throw new LaunchRefused('lti-register-closed', 'no open invitation')
}

function callOf({ openid_configuration, registration_token }: Record<string, string>): RegistrationCall {
  return {
    openidConfiguration: openid_configuration ?? '',
    registrationToken: registration_token || undefined,
  }
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { host }: Invitation,
  fault: RegistrationFault,
): FastifyReply {
  request.log.info({ code: 'lti-registration-refused', host, fault }, 'registration refused')
  const status = fault.step === 'exists' || fault.step === 'other-registration' ? 409 : 400
  return sendHtml(reply.status(status), refusedPage(langOfRequest(request), host, fault, request.id))
}

function langOfRequest(request: FastifyRequest): Lang {
  return langOf({ acceptLanguage: request.headers['accept-language'] })
}
