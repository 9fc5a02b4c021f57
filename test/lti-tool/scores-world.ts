import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { PlatformCourse } from '../../demo/platform/courses.ts'
import type { LineItem, Score } from '../../demo/platform/gradebook.ts'
import { type Person, subjectOf } from '../../demo/platform/people.ts'
import { type DemoPlatform, startDemoPlatform } from '../../demo/platform/start.ts'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, systemClock } from '../../foundation/time.ts'
import type { PostingGround } from '../../ledger/books/post.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import type { ClaimContent, ClaimFact } from '../../ledger/claims/claim.ts'
import { link } from '../../ledger/roster/identity.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { type Score as OutboxScore, scoreFrom } from '../../lti-tool/scores/score.ts'
import { scoreSteps } from '../../lti-tool/scores/steps.ts'
import { aClaim, anOffering, freshBook, handAndPost } from '../ledger/books-world.ts'
import { freshGround } from '../support/ground.ts'
import { freePorts } from '../support/house.ts'
import { type Entered, enteredBy, form, probePages, setCookies } from '../support/launching.ts'
import { registerQuickly } from '../support/registered.ts'

/** A tool with its door, a book, and a stand-in platform with courses and teachers. */
export interface ScoreWorld {
  ground: Ground
  app: FastifyInstance
  platform: DemoPlatform
  posting: PostingGround
  registrationId: Id
  offering: OfferingInfo
  /** A teacher of the book whom the platform knows, with the key under which it does. */
  teacher(): Promise<{ person: string; teacherId: Id; sub: string }>
  /** Opens the course of the offering through the real door, as the platform lets people in. */
  launch(person: string, how?: { course?: string; modes?: string[] }): Promise<Entered>
  /** Posts a completion; the answer is the claim, so that it can be withdrawn. */
  complete(teacherId: Id, changes?: Partial<ClaimContent>): Promise<ClaimFact>
  /** Does all background work of scores that can be done now. */
  work(): Promise<void>
  /** Lets time go by for the background work; scores sent before are as old as that. */
  pass(ms: number): Promise<void>
  /** The score that the platform has on record for somebody. */
  recorded(sub: string, course?: string): Score | undefined
  /** The row of the outbox for somebody; of the last entered where there are several. */
  row(sub: string): Promise<OutboxScore | null>
  /** How often the platform was asked to take a score, since a number of its journal. */
  posts(since?: number): { status: number | null; body: Record<string, unknown> }[]
  /** The number of the last entry of the platform's journal. */
  mark(): number
}

function somePeople(length: number): Person[] {
  return Array.from({ length }, (_, index) => ({
    key: `teacher-${index + 1}`,
    name: `测试${index + 1}`,
    role: 'teacher',
    about: { zh: '测试小学', en: 'a school' },
    deploymentId: '1',
  }))
}

function aCourse(id: string, offeringCode: string | null): PlatformCourse {
  return {
    id,
    title: { zh: `课程 ${id}`, en: id },
    about: { zh: '', en: '' },
    offeringCode,
    deploymentIds: ['1'],
  }
}

/** The course whose link the tests open unless told otherwise. */
export const courseId = 'kc'

/** Lays out the world: one registration with a key of its own. */
export async function scoreWorld(
  t: Test,
  more: {
    courses?: PlatformCourse[]
    people?: number
    otherPages?: Parameters<typeof toolWith>[0]['otherPages']
  } = {},
): Promise<ScoreWorld> {
  const port = await freePorts(1)
  const people = somePeople(more.people ?? 60)
  const real = await freshGround(t, { PORT: String(port) })
  let shift = 0
  const ground: Ground = { ...real, now: () => asInstant(systemClock() + shift) }
  const app = createServer(real)
  await app.register(
    toolWith({ launchPages: [pingRoute, probePages({ posted: 0 })], otherPages: more.otherPages ?? [] }),
    real,
  )
  await app.listen({ host: 'localhost', port })
  t.teardown(() => app.close())

  const posting = await freshBook(real.db)
  const offering = await anOffering(posting, { code: 'KC-2026-001', title: '师德与法治' })
  const platform = await startDemoPlatform({
    port: 0,
    toolUrl: real.config.publicUrl,
    people,
    courses: [aCourse(courseId, offering.code), ...(more.courses ?? [])],
  })
  t.teardown(() => platform.close())
  const [registration] = platform.registrations
  if (!registration) throw new Error('the platform has no registration')
  const { deploymentIds, ...input } = registration
  const platformId = await registerQuickly(real, { ...input, deploymentId: deploymentIds[0] ?? '' })

  const steps = scoreSteps(ground, { deadlineMs: 1_500, apartMs: 200 })
  let taken = 0
  return {
    ground,
    app,
    platform,
    posting,
    offering,
    registrationId: platformId,
    async teacher() {
      const { key } = people[taken++] as Person
      const teacherId = newId()
      const sub = subjectOf(key)
      await addTeacher(real, teacherId, key)
      await transact(real.db, (trx) =>
        link(trx, {
          identifier: { kind: 'account', homePage: platform.issuer, name: sub },
          teacherId,
          madeBy: 'test',
          reason: 'test',
          now: real.now(),
        }),
      )
      return { person: key, teacherId, sub }
    },
    launch: (person, how = {}) => launchAt(app, platform, person, how),
    async complete(teacherId, changes = {}) {
      const claim = aClaim(teacherId, offering, changes)
      await handAndPost(posting, [claim])
      return claim
    },
    async work() {
      const { signal } = new AbortController()
      for (const step of steps) for (let more = 1; more > 0; ) more = await step.run(signal)
    },
    async pass(ms) {
      shift += ms * 1000
      // ltijs stamps scores by the clock of the machine, which no test can move.
      await real.db('score_outbox').decrement('last_timestamp', ms * 1000)
    },
    recorded: (sub, course = courseId) => columnOf(platform, course)?.scores.get(sub),
    async row(sub) {
      const row = await real.db('score_outbox').where({ sub }).orderBy('entered_at', 'desc').first()
      return row ? scoreFrom(row) : null
    },
    posts: (since = 0) =>
      platform
        .journal(since)
        .filter(({ method, url }) => method === 'POST' && /\/scores\?/.test(url))
        .map(({ status, body }) => ({ status, body: body as Record<string, unknown> })),
    mark: () => platform.journal().at(-1)?.no ?? 0,
  }
}

function columnOf(platform: DemoPlatform, course: string): LineItem | undefined {
  return platform.gradebook(course).at(-1)
}

async function addTeacher({ db, now }: Ground, teacherId: Id, key: string): Promise<void> {
  await db('teacher').insert({
    teacher_id: idBytes(teacherId),
    teacher_no: `T-${key}`,
    name: key,
    name_key: key,
    status: '在岗',
    recorded_at: now(),
  })
}

/** Launches through the real door as the platform lets people in. */
export async function launchAt(
  app: FastifyInstance,
  platform: DemoPlatform,
  person: string,
  { course = courseId, modes = [] }: { course?: string; modes?: string[] },
): Promise<Entered> {
  const begun = platform.beginLaunch({ person, course, modes })
  const login = await app.inject({ method: 'POST', url: '/lti/login', ...form(begun.parameters) })
  const address = /data-authentication="([^"]+)"/.exec(login.body)?.[1]?.replaceAll('&amp;', '&')
  const binding = setCookies(login)[0]?.split(';')[0] ?? ''
  const page = await (await fetch(address ?? '', { headers: { cookie: begun.cookie } })).text()
  const fields: [string, string][] = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')],
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
