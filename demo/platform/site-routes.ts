import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PlatformCourse } from './courses.ts'
import { loginParametersOf } from './launches.ts'
import { platformModeOf, readModes, UnknownMode } from './modes.ts'
import {
  coursePage,
  coursesPage,
  formPostPage,
  homePage,
  platformErrorPage,
  switchesPage,
  type View,
} from './pages.tsx'
import type { Person } from './people.ts'
import type { Platform } from './platform.ts'
import { clientOfDeployment } from './registrations.ts'
import type { Sessions } from './sessions.ts'
import { texts } from './texts.ts'

interface OpeningQuery {
  open?: string
  target?: string
  deployment?: string
  mode?: string | string[]
}

/** The pages of the stand-in platform: who to be, the courses, one course, the switches. */
export function siteRoutes(app: FastifyInstance, platform: Platform, sessions: Sessions): void {
  app.get('/', (request, reply) => sendPage(reply, homePage(viewOf(request), platform.people)))

  app.post<{ Body: { person?: string } }>('/sign-in', (request, reply) => {
    const person = platform.people.find((each) => each.key === request.body.person)
    if (!person) return notFound(request, reply)
    sessions.setCookie(reply, sessions.begin(person), platform.bindsByCookie)
    return reply.redirect('/courses', 303)
  })

  app.get<{ Querystring: { to?: string; back?: string } }>('/language', (request, reply) => {
    const { to, back = '/' } = request.query
    reply.setCookie('language', to === 'en' ? 'en' : 'zh', { path: '/', sameSite: 'lax' })
    // One slash and then none: `//host` would leave the site.
    return reply.redirect(/^\/(?![/\\])/.test(back) ? back : '/', 303)
  })

  app.get('/courses', (request, reply) => {
    const person = platform.signedIn(request)
    if (!person) return reply.redirect('/', 303)
    return sendPage(reply, coursesPage(viewOf(request), coursesFor(person)))
  })

  app.get<{ Params: { id: string }; Querystring: OpeningQuery }>('/courses/:id', (request, reply) => {
    const person = platform.signedIn(request)
    const course = platform.courses.find((each) => each.id === request.params.id)
    if (!person) return reply.redirect('/', 303)
    if (!course) return notFound(request, reply)
    const words = wordsIn(request.query.mode)
    const deploymentId = request.query.deployment ?? person.deploymentId
    return sendPage(
      reply,
      coursePage(viewOf(request), {
        course,
        frameUrl: request.query.open === 'frame' ? startUrl(course, deploymentId, words) : null,
        storage: modesFor(words).storage,
        deployments: platform.registrations.flatMap((each) => each.deploymentIds),
        deploymentId,
        modes: words,
      }),
    )
  })

  // A GET that begins a launch, as real platforms have it: the frame's address is all a course page can give.
  app.get<{ Params: { id: string }; Querystring: OpeningQuery }>('/courses/:id/start', (request, reply) => {
    const person = platform.signedIn(request)
    const course = platform.courses.find((each) => each.id === request.params.id)
    if (!person) return reply.redirect('/', 303)
    if (!course) return notFound(request, reply)
    const { target, deployment = person.deploymentId, mode } = request.query
    const clientId = clientOfDeployment(platform.registrations, deployment)
    if (clientId === null) return notFound(request, reply)
    const modes = modesFor(wordsIn(mode))
    const launch = platform.launches.prepare({
      person,
      course,
      clientId,
      deploymentId: deployment,
      documentTarget: target === 'window' ? 'window' : 'iframe',
      locale: viewOf(request).language === 'en' ? 'en' : 'zh-CN',
      modes,
    })
    const fields = loginParametersOf(launch, platform.site.publicUrl, platform.site.targetLinkUri)
    const method = modes.login.includes('get') ? 'get' : 'post'
    return sendPage(reply, formPostPage(`${platform.toolUrl}/lti/login`, fields, { copies: 1, method }))
  })

  app.get('/switches', (request, reply) =>
    sendPage(reply, switchesPage(viewOf(request), platform.standingModes)),
  )

  app.post<{ Body: { mode?: string | string[] } }>('/switches', (request, reply) => {
    setStandingModes(platform, wordsIn(request.body.mode))
    return reply.redirect('/switches', 303)
  })

  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof UnknownMode)) throw error
    return reply.code(400).type('text/html; charset=utf-8').send(platformErrorPage(error.message))
  })
  app.setNotFoundHandler((request, reply) => notFound(request, reply))

  function viewOf(request: FastifyRequest): View {
    const language = request.cookies.language === 'en' ? 'en' : 'zh'
    return { language, person: platform.signedIn(request), path: request.url }
  }

  function coursesFor(person: Person): PlatformCourse[] {
    return platform.courses.filter((course) => course.deploymentIds.includes(person.deploymentId))
  }

  function modesFor(words: string[]) {
    return readModes([...platform.standingModes, ...words])
  }

  function notFound(request: FastifyRequest, reply: FastifyReply) {
    return reply.code(404).type('text/plain; charset=utf-8').send(texts[viewOf(request).language].notFound)
  }
}

/**
 * Sets the modes of all later launches; those that concern the keys act at once and are not kept.
 *
 * Throws UnknownMode before anything changes.
 */
export function setStandingModes(platform: Platform, words: string[]): void {
  const standing = words.filter((word) => platformModeOf(word) === null)
  readModes(standing)
  platform.standingModes = standing
  for (const word of words) {
    const mode = platformModeOf(word)
    if (mode && 'keySet' in mode) platform.keySet = mode.keySet
    else if (mode?.keys === 'rotate') platform.keys.rotate()
    else if (mode?.keys === 'retire') platform.keys.retire()
  }
}

function wordsIn(mode: string | string[] | undefined): string[] {
  return [mode ?? []]
    .flat()
    .flatMap((text) => text.split('\n'))
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function startUrl(course: PlatformCourse, deploymentId: string, words: string[]): string {
  const query = new URLSearchParams({ target: 'iframe', deployment: deploymentId })
  for (const word of words) query.append('mode', word)
  return `/courses/${course.id}/start?${query}`
}

function sendPage(reply: FastifyReply, html: string) {
  return reply.type('text/html; charset=utf-8').send(html)
}
