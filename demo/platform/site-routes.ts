import type { FastifyInstance } from 'fastify'
import { platformModeOf, readModes, UnknownMode } from './modes.ts'
import { homePage, platformErrorPage, switchesPage } from './pages.tsx'
import type { Platform } from './platform.ts'
import { openServiceModes } from './service-modes.ts'
import type { Sessions } from './sessions.ts'
import { notFound, sendPage, viewOf, wordsIn } from './site.ts'

/** The pages of the site around the courses: who to be, the language, the switches. */
export function siteRoutes(app: FastifyInstance, platform: Platform, sessions: Sessions): void {
  app.get('/', (request, reply) => sendPage(reply, homePage(viewOf(platform, request), platform.people)))

  app.post<{ Body: { person?: string } | null }>('/sign-in', (request, reply) => {
    const person = platform.people.find((each) => each.key === request.body?.person)
    if (!person) return notFound(platform, request, reply)
    sessions.setCookie(reply, sessions.begin(person), platform.bindsByCookie)
    return reply.redirect('/courses', 303)
  })

  app.get<{ Querystring: { to?: string; back?: string } }>('/language', (request, reply) => {
    const { to, back = '/' } = request.query
    reply.setCookie('language', to === 'en' ? 'en' : 'zh', { path: '/', sameSite: 'lax' })
    // One slash and then none: `//host` would leave the site.
    return reply.redirect(/^\/(?![/\\])/.test(back) ? back : '/', 303)
  })

  app.get('/switches', (request, reply) =>
    sendPage(reply, switchesPage(viewOf(platform, request), platform.standingModes)),
  )

  app.post<{ Body: { mode?: string | string[] } | null }>('/switches', (request, reply) => {
    setStandingModes(platform, wordsIn(request.body?.mode))
    return reply.redirect('/switches', 303)
  })

  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof UnknownMode)) throw error
    return sendPage(reply, platformErrorPage(error.message), 400)
  })
  app.setNotFoundHandler((request, reply) => notFound(platform, request, reply))
}

/**
 * Sets the modes of all later launches and service calls; those that concern the keys act at once and are not kept.
 *
 * Throws UnknownMode before anything changes.
 */
export function setStandingModes(platform: Platform, words: string[]): void {
  const standing = words.filter((word) => platformModeOf(word) === null)
  readModes(standing)
  platform.standingModes = standing
  platform.serviceModes = openServiceModes(standing)
  for (const word of words) {
    const mode = platformModeOf(word)
    if (mode && 'keySet' in mode) platform.keySet = mode.keySet
    else if (mode?.keys === 'rotate') platform.keys.rotate()
    else if (mode?.keys === 'retire') platform.keys.retire()
  }
}
