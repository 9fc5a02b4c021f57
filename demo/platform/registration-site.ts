import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readModes } from './modes.ts'
import type { Platform } from './platform.ts'
import { registeringPage, registrationPage } from './registration-page.tsx'
import { CONFIGURATION_PATH } from './registration-routes.ts'
import { openServiceModes } from './service-modes.ts'
import { notFound, sendPage, viewOf } from './site.ts'

/** One registration that an administrator of the platform has begun. */
export interface BegunRegistration {
  /** The tool's registration page with its two parameters, to be opened in a browser. */
  url: string
  openidConfiguration: string
  token: string
}

/** The pages on which an administrator of the platform registers tools and lets them in. */
export function registrationSite(app: FastifyInstance, platform: Platform): void {
  app.get('/registration', (request, reply) =>
    asAdministrator(request, reply, () =>
      sendPage(reply, registrationPage(viewOf(platform, request), platform.tools)),
    ),
  )

  app.post<{ Body: { url?: string; updates?: string } | null }>('/registration/begin', (request, reply) =>
    asAdministrator(request, reply, () => {
      const { url = '', updates = '' } = request.body ?? {}
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
        return notFound(platform, request, reply)
      const begun = beginRegistration(platform, { registrationUrl: url, updates: updates || null, modes: [] })
      return sendPage(reply, registeringPage(viewOf(platform, request), begun.url))
    }),
  )

  app.post<{ Body: { client?: string; state?: string } | null }>('/registration/state', (request, reply) =>
    asAdministrator(request, reply, () => {
      const tool = platform.tools.find((each) => each.clientId === request.body?.client)
      if (!tool) return notFound(platform, request, reply)
      tool.state = request.body?.state === 'active' ? 'active' : 'pending'
      return reply.redirect('/registration', 303)
    }),
  )

  function asAdministrator(request: FastifyRequest, reply: FastifyReply, show: () => unknown) {
    const person = platform.signedIn(request)
    if (!person) return reply.redirect('/', 303)
    return person.role === 'district-admin' ? show() : notFound(platform, request, reply)
  }
}

/**
 * Begins a registration: gives a token, and the address to open.
 *
 * `updates` is the client id that shall be updated. Throws for one that is
 * unknown, and UnknownMode for a mode that does not exist.
 */
export function beginRegistration(
  platform: Platform,
  asked: { registrationUrl: string; updates: string | null; modes: string[] },
): BegunRegistration {
  if (asked.updates !== null && !platform.tools.some((tool) => tool.clientId === asked.updates))
    throw new Error(`no such client: ${asked.updates}`)
  readModes(asked.modes)
  const configuration = new URL(CONFIGURATION_PATH, platform.site.publicUrl)
  if (asked.modes.length > 0) {
    const id = randomUUID().slice(0, 8)
    platform.held.set(id, openServiceModes(asked.modes))
    configuration.searchParams.set('faults', id)
  }
  const { token } = platform.registrationLeaves.give(asked.updates)
  const url = new URL(asked.registrationUrl)
  url.searchParams.set('openid_configuration', configuration.href)
  url.searchParams.set('registration_token', token)
  return { url: url.href, openidConfiguration: configuration.href, token }
}
