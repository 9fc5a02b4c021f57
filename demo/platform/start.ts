import fastifyCookie from '@fastify/cookie'
import fastifyFormbody from '@fastify/formbody'
import Fastify, { type FastifyInstance } from 'fastify'
import { featuredPeople } from '../district/people.ts'
import { openAccessTokens } from './access-tokens.ts'
import { agsRoutes } from './ags-routes.ts'
import { authenticationRoutes } from './authentication.ts'
import { courseRoutes } from './course-routes.ts'
import { demoCourses, type PlatformCourse } from './courses.ts'
import { deepLinkRoutes } from './deep-link-routes.ts'
import { type LineItem, openGradebook } from './gradebook.ts'
import { type JournalEntry, openJournal } from './journal.ts'
import { makeKeyRing } from './keys.ts'
import { openLaunches } from './launches.ts'
import { ownLinkOf, type ResourceLink } from './links.ts'
import { nrpsRoutes } from './nrps-routes.ts'
import type { Person } from './people.ts'
import type { Platform } from './platform.ts'
import { type BegunLaunch, beginFor, courseIn, personIn, type WantedLaunch } from './program.ts'
import { openRegistrationLeaves } from './registration.ts'
import { registrationRoutes } from './registration-routes.ts'
import { type BegunRegistration, beginRegistration, registrationSite } from './registration-site.ts'
import { type PlatformRegistration, platformRegistrations } from './registrations.ts'
import { type EnrolmentStatus, openRoster } from './roster.ts'
import { speaksServices } from './service-call.ts'
import { openServiceModes } from './service-modes.ts'
import { serviceRoutes } from './service-routes.ts'
import { keepsSecureCookies, openSessions, type Sessions } from './sessions.ts'
import { setStandingModes, siteRoutes } from './site-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { ToolKeys } from './tool-keys.ts'
import { presetTools, type ToolRegistration } from './tools.ts'

export type { BegunLaunch } from './program.ts'

/** Where the stand-in platform listens and which tool it opens. */
export interface DemoPlatformOptions {
  /** 0 takes a free port. */
  port: number
  /** Default 127.0.0.1, which to a browser is another site than `localhost`, where the tool is. */
  host?: string
  /** Origin as browsers see it, without trailing slash; default made of host and port. It is the issuer. */
  publicUrl?: string
  /** Origin of the tool, without trailing slash. */
  toolUrl: string
  /** Default: the featured people of 示例区. */
  people?: Person[]
  courses?: PlatformCourse[]
}

/** A stand-in platform that runs. */
export interface DemoPlatform {
  url: string
  issuer: string
  /** How the platform presents itself to the tool, in the words of `platform add`. */
  registrations: PlatformRegistration[]
  /** How the platform knows its tools; scopes and state may be changed. */
  tools: ToolRegistration[]
  people: Person[]
  /** Begins a launch of any kind; unknown keys, courses, links, line items and deployments throw. */
  beginLaunch(wanted: WantedLaunch): BegunLaunch
  /** Modes for every launch and call from now on; `key:…` and `jwks:…` act at once. */
  setModes(words: string[]): void
  /** The links of a course, its own one first. */
  links(course: string): ResourceLink[]
  /** The line items of a course with the last scores; of the first client unless told. */
  gradebook(course: string, clientId?: string): LineItem[]
  /** Enrols somebody, changes the status, or with null takes somebody off the roster. */
  enrol(course: string, person: string, status: EnrolmentStatus | null): void
  /** Begins a dynamic registration, or with `updates` that of a client that is known; the tool becomes pending. */
  beginRegistration(asked: { registrationUrl: string; updates?: string; modes?: string[] }): BegunRegistration
  /** Makes every access token unknown, so that the next call is answered 401. */
  withdrawTokens(): void
  /** Requests and messages after the given number, oldest first. */
  journal(since?: number): JournalEntry[]
  close(): Promise<void>
}

/**
 * Starts the stand-in LTI 1.3 platform on its own port.
 *
 * For trying out and for tests only: it signs in anybody as anybody, so it
 * throws where NODE_ENV is `production`.
 */
export async function startDemoPlatform(options: DemoPlatformOptions): Promise<DemoPlatform> {
  if (process.env.NODE_ENV === 'production') throw new Error('the demo platform does not start in production')
  const app = Fastify({ bodyLimit: 256 * 1024, forceCloseConnections: true })
  const host = options.host ?? '127.0.0.1'
  const sessions = openSessions()
  const platform = platformOf(options, sessions)
  await app.register(fastifyCookie)
  await app.register(fastifyFormbody)
  keepJournal(app, platform)
  siteRoutes(app, platform, sessions)
  courseRoutes(app, platform)
  authenticationRoutes(app, platform)
  deepLinkRoutes(app, platform)
  registrationSite(app, platform)
  serviceRoutes(app, platform)
  app.register(async (services) => {
    speaksServices(services)
    tokenRoutes(services, platform)
    agsRoutes(services, platform)
    nrpsRoutes(services, platform)
    registrationRoutes(services, platform)
  })

  const { port } = new URL(await app.listen({ host, port: options.port }))
  // Only now is the address known when any free port would do; no request can have come before.
  const publicUrl = options.publicUrl ?? `http://${host}:${port}`
  platform.site.publicUrl = publicUrl
  platform.bindsByCookie = keepsSecureCookies(publicUrl)

  return {
    url: publicUrl,
    issuer: publicUrl,
    registrations: platformRegistrations(publicUrl),
    tools: platform.tools,
    people: platform.people,
    beginLaunch: (wanted) => beginFor(platform, sessions, wanted),
    setModes: (words) => setStandingModes(platform, words),
    links: (course) => platform.links.filter((link) => link.courseId === courseIn(platform, course).id),
    gradebook: (course, clientId = platform.tools[0]?.clientId ?? '') =>
      platform.gradebook.itemsOf(courseIn(platform, course), clientId),
    enrol: (course, person, status) =>
      platform.roster.set(courseIn(platform, course), personIn(platform, person), status),
    beginRegistration: ({ registrationUrl, updates = null, modes = [] }) =>
      beginRegistration(platform, { registrationUrl, updates, modes }),
    withdrawTokens: () => platform.accessTokens.withdrawAll(),
    journal: (since = 0) => platform.journal.since(since),
    close: () => app.close(),
  }
}

function platformOf(options: DemoPlatformOptions, sessions: Sessions): Platform {
  const people = options.people ?? featuredPeople
  const courses = options.courses ?? demoCourses
  return {
    site: { publicUrl: '' },
    tools: presetTools(options.toolUrl),
    people,
    courses,
    links: courses.map(ownLinkOf),
    roster: openRoster(people),
    gradebook: openGradebook(),
    keys: makeKeyRing(),
    keySet: 'ok',
    toolKeys: new ToolKeys(),
    registrationLeaves: openRegistrationLeaves(),
    accessTokens: openAccessTokens(),
    launches: openLaunches(),
    deepLinking: new Map(),
    journal: openJournal(),
    standingModes: [],
    serviceModes: openServiceModes([]),
    held: new Map(),
    bindsByCookie: true,
    signedIn: (request) => sessions.personOf(request),
  }
}

// Noted when it comes in and completed afterwards: a body that cannot be read never reaches a later hook.
function keepJournal(app: FastifyInstance, { journal }: Platform): void {
  const entries = new WeakMap<object, JournalEntry>()
  app.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/journal') || request.url.startsWith('/assets')) return
    const { method, url, headers } = request
    entries.set(request, journal.note({ kind: 'request', method, url, headers, body: null, status: null }))
  })
  app.addHook('preHandler', async (request) => {
    const entry = entries.get(request)
    if (entry) entry.body = request.body ?? null
  })
  app.addHook('onResponse', async (request, reply) => {
    const entry = entries.get(request)
    if (entry && reply.raw.writableFinished) entry.status = reply.statusCode
  })
}
