import fastifyCookie from '@fastify/cookie'
import fastifyFormbody from '@fastify/formbody'
import Fastify from 'fastify'
import { featuredPeople } from '../district/people.ts'
import { authenticationRoutes } from './authentication.ts'
import { demoCourses, type PlatformCourse } from './courses.ts'
import { type JournalEntry, openJournal } from './journal.ts'
import { makeKeyRing } from './keys.ts'
import { loginParametersOf, openLaunches } from './launches.ts'
import { readModes } from './modes.ts'
import type { Person } from './people.ts'
import type { Platform } from './platform.ts'
import { clientOfDeployment, type PlatformRegistration, platformRegistrations } from './registrations.ts'
import { serviceRoutes } from './service-routes.ts'
import { keepsSecureCookies, openSessions, SESSION_COOKIE, type Sessions } from './sessions.ts'
import { setStandingModes, siteRoutes } from './site-routes.ts'

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

/** A launch begun by a program instead of a person in a browser. */
export interface BegunLaunch {
  loginUrl: string
  /** The login initiation, in order, to be sent by GET or as a form. */
  parameters: [string, string][]
  /** The `Cookie` header with which the authentication endpoint must be visited. */
  cookie: string
}

/** A stand-in platform that runs. */
export interface DemoPlatform {
  url: string
  issuer: string
  registrations: PlatformRegistration[]
  people: Person[]
  /** Begins a launch; unknown keys, courses and deployments throw. */
  beginLaunch(wanted: { person: string; course: string; deployment?: string; modes?: string[] }): BegunLaunch
  /** Modes for every launch from now on; `key:…` and `jwks:…` act at once. */
  setModes(words: string[]): void
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
  app.addHook('preHandler', async (request) => {
    if (request.url.startsWith('/journal') || request.url.startsWith('/assets')) return
    const { method, url, headers, body } = request
    platform.journal.note({ kind: 'request', method, url, headers, body: body ?? null })
  })
  siteRoutes(app, platform, sessions)
  authenticationRoutes(app, platform)
  serviceRoutes(app, platform)

  const { port } = new URL(await app.listen({ host, port: options.port }))
  // Only now is the address known when any free port would do; no request can have come before.
  settleAddress(platform, options.publicUrl ?? `http://${host}:${port}`)

  const { publicUrl } = platform.site
  return {
    url: publicUrl,
    issuer: publicUrl,
    registrations: platform.registrations,
    people: platform.people,
    beginLaunch: (wanted) => beginLaunch(platform, sessions, wanted),
    setModes: (words) => setStandingModes(platform, words),
    journal: (since = 0) => platform.journal.since(since),
    close: () => app.close(),
  }
}

function platformOf(options: DemoPlatformOptions, sessions: Sessions): Platform {
  return {
    site: { publicUrl: '', targetLinkUri: `${options.toolUrl}/lti/launch` },
    toolUrl: options.toolUrl,
    registrations: [],
    people: options.people ?? featuredPeople,
    courses: options.courses ?? demoCourses,
    keys: makeKeyRing(),
    keySet: 'ok',
    launches: openLaunches(),
    journal: openJournal(),
    standingModes: [],
    bindsByCookie: true,
    redirectUriOf(clientId) {
      return this.registrations.some((each) => each.clientId === clientId) ? this.site.targetLinkUri : null
    },
    signedIn: (request) => sessions.personOf(request),
  }
}

function settleAddress(platform: Platform, publicUrl: string): void {
  platform.site.publicUrl = publicUrl
  platform.registrations = platformRegistrations(publicUrl)
  platform.bindsByCookie = keepsSecureCookies(publicUrl)
}

function beginLaunch(
  platform: Platform,
  sessions: Sessions,
  wanted: { person: string; course: string; deployment?: string; modes?: string[] },
): BegunLaunch {
  const person = platform.people.find((each) => each.key === wanted.person)
  const course = platform.courses.find((each) => each.id === wanted.course)
  if (!person || !course) throw new Error(`no such person or course: ${wanted.person}, ${wanted.course}`)
  const deploymentId = wanted.deployment ?? person.deploymentId
  const clientId = clientOfDeployment(platform.registrations, deploymentId)
  if (clientId === null) throw new Error(`no such deployment: ${deploymentId}`)
  const launch = platform.launches.prepare({
    person,
    course,
    clientId,
    deploymentId,
    documentTarget: 'iframe',
    locale: 'zh-CN',
    modes: readModes([...platform.standingModes, ...(wanted.modes ?? [])]),
  })
  return {
    loginUrl: `${platform.toolUrl}/lti/login`,
    parameters: loginParametersOf(launch, platform.site.publicUrl, platform.site.targetLinkUri),
    cookie: `${SESSION_COOKIE}=${sessions.begin(person)}`,
  }
}
