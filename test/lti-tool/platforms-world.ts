import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Test } from 'tap'
import type { Person as PlatformPerson } from '../../demo/platform/people.ts'
import { type DemoPlatform, startDemoPlatform } from '../../demo/platform/start.ts'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import type { Id } from '../../foundation/ids.ts'
import { asInstant, systemClock } from '../../foundation/time.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { csrfToken } from '../../lti-tool/launch/session.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { addPlatform } from '../../lti-tool/lti-services/registry.ts'
import { freshGround } from '../support/ground.ts'
import { freePorts } from '../support/house.ts'
import { type Entered, enteredBy, form, probePages, setCookies } from '../support/launching.ts'

/** A tool that listens, and the stand-in platform with one of its two registrations active. */
export interface PlatformsWorld {
  ground: Ground
  app: FastifyInstance
  platform: DemoPlatform
  platformId: Id
  /** Lets time go by for whoever asks the ground; the machine's clock stays. */
  pass(ms: number): void
  /** Opens the course through the real door, or asks for content to add to it. */
  launch(how?: Wanted): Promise<Entered>
  /** Answers a request for content with one offering, and brings the answer to the platform. */
  answerWith(entered: Entered, offeringId: Id): Promise<{ status: number; page: string }>
}

/** What the course leader wants; nothing in particular opens the course. */
type Wanted = Partial<Parameters<DemoPlatform['beginLaunch']>[0]>

const learner: PlatformPerson = {
  key: 'teacher-1',
  name: '学员甲',
  role: 'teacher',
  about: { zh: '测试小学', en: 'a school' },
  deploymentId: '1',
}

const leader: PlatformPerson = {
  key: 'leader-1',
  name: '课程负责人',
  role: 'leader',
  about: { zh: '测试小学', en: 'a school' },
  deploymentId: '1',
}

/** Lays out the world; making the key takes a second or two. */
export async function platformsWorld(
  t: Test,
  {
    launchPages = [pingRoute, probePages({ posted: 0 })],
    otherPages = [],
    settings = {},
  }: {
    launchPages?: FastifyPluginAsync<Ground>[]
    otherPages?: FastifyPluginAsync<Ground>[]
    settings?: NodeJS.ProcessEnv
  } = {},
): Promise<PlatformsWorld> {
  const port = await freePorts(1)
  const real = await freshGround(t, { PORT: String(port), PLATFORM_PRIVATE: '127.0.0.1', ...settings })
  let shift = 0
  const ground: Ground = { ...real, now: () => asInstant(systemClock() + shift) }
  const app = createServer(real)
  await app.register(toolWith({ launchPages, otherPages }), real)
  await app.listen({ host: 'localhost', port })
  t.teardown(() => app.close())
  const course = {
    id: 'kc',
    title: { zh: '课程', en: 'course' },
    about: { zh: '', en: '' },
    offeringCode: null,
    deploymentIds: ['1'],
  }
  const platform = await startDemoPlatform({
    port: 0,
    toolUrl: real.config.publicUrl,
    people: [leader, learner],
    courses: [course],
  })
  t.teardown(() => platform.close())
  const [first] = platform.registrations
  if (!first) throw new Error('the platform has no registration')
  const { deploymentIds, ...input } = first
  const wish = { ...input, deploymentId: deploymentIds[0], active: true }
  const { platform_id } = await addPlatform(real, wish, 'os:tester')

  return {
    ground,
    app,
    platform,
    platformId: platform_id,
    pass(ms) {
      shift += ms * 1000
    },
    launch: (how = {}) => launchAt(app, platform, how),
    async answerWith({ launchId, cookie }, offeringId) {
      const fields: [string, string][] = [
        ['_csrf', csrfToken(real.config, launchId)],
        ['pick', offeringId],
        ['column', '1'],
      ]
      const { payload, headers } = form(fields)
      const answered = await app.inject({
        method: 'POST',
        url: `/lti/deep-links?launch=${launchId}`,
        payload,
        headers: { ...headers, cookie, 'sec-fetch-site': 'same-origin' },
      })
      const read = (pattern: RegExp) => pattern.exec(answered.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
      const returned = await fetch(read(/action="([^"]+)"/), {
        method: 'POST',
        body: new URLSearchParams({ JWT: read(/name="JWT" value="([^"]+)"/) }),
      })
      return { status: returned.status, page: await returned.text() }
    },
  }
}

async function launchAt(app: FastifyInstance, platform: DemoPlatform, how: Wanted): Promise<Entered> {
  const begun = platform.beginLaunch({ person: leader.key, course: 'kc', ...how })
  const login = await app.inject({ method: 'POST', url: '/lti/login', ...form(begun.parameters) })
  const address = /data-authentication="([^"]+)"/.exec(login.body)?.[1]?.replaceAll('&amp;', '&')
  const binding = setCookies(login)[0]?.split(';')[0] ?? ''
  const page = await (await fetch(address ?? '', { headers: { cookie: begun.cookie } })).text()
  const fields = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value.replaceAll('&amp;', '&')],
  )
  const { payload, headers } = form(fields)
  return enteredBy(
    await app.inject({
      method: 'POST',
      url: '/lti/launch',
      payload,
      headers: { ...headers, cookie: binding },
    }),
  )
}
