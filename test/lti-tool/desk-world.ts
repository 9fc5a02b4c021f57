import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyPluginAsync, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import type { Id } from '../../foundation/ids.ts'
import { addLogin, viewerOf } from '../../ledger/access/login.ts'
import type { AccessRole } from '../../ledger/access/role.ts'
import type { PostingGround } from '../../ledger/books/post.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { teacherIdsByNo } from '../../ledger/roster/people.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { deskRoutes } from '../../lti-tool/desk/routes.tsx'
import { csrfToken, loginCookie, startLogin } from '../../lti-tool/launch/session.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { aClaim, anOffering, freshBook, handAndPost, province } from '../ledger/books-world.ts'
import { freshGround } from '../support/ground.ts'
import { freePorts } from '../support/house.ts'
import { aRoster, type SomeRoster } from '../support/roster.ts'

/** Somebody who is signed in, with a browser of their own. */
export interface Person {
  loginId: Id
  login: string
  /** The CSRF token of their pages. */
  csrf: string
  get(url: string): Promise<LightMyRequestResponse>
  /** Posts a form as a page of ours does; a field may come several times. */
  post(
    url: string,
    fields: Record<string, string | string[]>,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
  /** Posts a form with files as a page of ours does. */
  upload(
    url: string,
    fields: Record<string, string>,
    files: { field: string; name: string; bytes: Uint8Array }[],
  ): Promise<LightMyRequestResponse>
}

/** A desk over a district of two schools and three teachers, with a bridge that listens. */
export interface DeskWorld {
  ground: Ground
  posting: PostingGround
  app: FastifyInstance
  roster: SomeRoster
  /** Makes an account with a role and signs it in. */
  person(role: AccessRole, more?: { school?: string; teacher?: string }): Promise<Person>
  /** A claim of a teacher that waits for the school's check. */
  claim(teacher: string): Promise<Id>
  /** Several of them at once. */
  claims(teacher: string, count: number): Promise<Id[]>
  teacherId(short: string): Promise<Id>
  /** Pushes a completion of somebody whom nobody knows, and returns the name of the account. */
  stranger(): Promise<string>
}

/** Signs an account in without its password, which is slow on purpose. */
export const signInHere: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get<{ Params: { login: string } }>('/test-sign-in/:login', async (request, reply) => {
    const viewer = await viewerOf(ground.db, request.params.login)
    if (viewer) startLogin(reply, ground, viewer)
    return 'in'
  })
}

/** A world of the desk. With `bridgeAway` nothing listens where the bridge should be. */
export async function deskWorld(t: Test, { bridgeAway = false } = {}): Promise<DeskWorld> {
  const port = await freePorts(2)
  const settings = bridgeAway ? { BRIDGE_URL: `http://127.0.0.1:${port + 1}` } : {}
  const ground = await freshGround(t, { PORT: String(port), ...settings })
  const app = createServer(ground)
  await app.register(bridge, ground)
  await app.register(toolWith({ launchPages: [], otherPages: [deskRoutes, signInHere] }), ground)
  await app.listen({ host: '127.0.0.1', port })
  t.teardown(() => app.close())

  const posting = await freshBook(ground.db)
  const roster = aRoster()
  await importRoster(ground, roster.files(), { actor: 'os:tester' })
  const source = await addSource(ground, {
    name: `平台 ${randomUUID()}`,
    preset: 'adl',
    actorHomePages: ['https://lms.example'],
  })

  const teacherId = async (short: string) => {
    const id = (await teacherIdsByNo(ground.db, [roster.no(short)])).get(roster.no(short))
    if (!id) throw new Error(`no teacher ${short}`)
    return id
  }
  const claims = async (teacher: string, count: number) => {
    const filed = []
    // Each with an offering of its own: twice the same would be a duplicate, which waits for nobody.
    for (let n = 0; n < count; n++) {
      const offering = await anOffering(posting)
      filed.push(aClaim(await teacherId(teacher), offering, { source: province, evidence: ['完成'] }))
    }
    await handAndPost(posting, filed)
    return filed.map(({ claimId }) => claimId)
  }
  return {
    ground,
    posting,
    app,
    roster,
    teacherId,
    async person(role, { school, teacher } = {}) {
      const { loginId, login } = await addLogin(ground, {
        login: `${role}-${randomUUID().slice(0, 8)}`,
        role,
        orgNo: school ? roster.no(school) : null,
        teacherNo: teacher ? roster.no(teacher) : null,
        actor: 'os:tester',
      })
      return personOf(app, ground, { loginId, login })
    },
    claim: async (teacher) => (await claims(teacher, 1))[0] as Id,
    claims,
    async stranger() {
      const name = `stranger-${randomUUID().slice(0, 8)}`
      const answer = await app.inject({
        method: 'POST',
        url: '/xapi/statements',
        headers: {
          authorization: `Basic ${Buffer.from(`${source.key}:${source.secret}`).toString('base64')}`,
          'content-type': 'application/json',
          'x-experience-api-version': '1.0.3',
        },
        payload: JSON.stringify({
          actor: { account: { homePage: 'https://lms.example', name } },
          verb: { id: 'http://adlnet.gov/expapi/verbs/completed' },
          object: { id: 'https://lms.example/course/KC-1' },
          timestamp: new Date(Date.now() - 60_000).toISOString(),
        }),
      })
      if (answer.statusCode !== 200) throw new Error(answer.body)
      while ((await convertWaiting(ground)) > 0);
      return name
    },
  }
}

/** Somebody's browser: the cookie of a sign-in and what a page would send along. */
export async function personOf(
  app: FastifyInstance,
  ground: Ground,
  { loginId, login }: { loginId: Id; login: string },
): Promise<Person> {
  const signedIn = await app.inject({ url: `/test-sign-in/${loginId}` })
  const cookie = `${loginCookie}=${signedIn.cookies.find(({ name }) => name === loginCookie)?.value}`
  const csrf = csrfToken(ground.config, loginId)
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  return {
    loginId,
    login,
    csrf,
    get: (url) => app.inject({ url, headers: { cookie, accept: 'text/html' } }),
    post(url, fields, more = {}) {
      const body = new URLSearchParams()
      for (const [name, value] of Object.entries({ _csrf: csrf, ...fields })) {
        for (const one of [value].flat()) body.append(name, one)
      }
      return app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded', ...more },
        payload: body.toString(),
      })
    },
    async upload(url, fields, files) {
      const body = new FormData()
      for (const [name, value] of Object.entries({ _csrf: csrf, ...fields })) body.append(name, value)
      for (const { field, name, bytes } of files) body.append(field, new Blob([new Uint8Array(bytes)]), name)
      const encoded = new Response(body)
      return app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': encoded.headers.get('content-type') ?? '' },
        payload: Buffer.from(await encoded.arrayBuffer()),
      })
    },
  }
}
