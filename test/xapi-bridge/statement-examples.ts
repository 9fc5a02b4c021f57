import { randomUUID } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { addSource, type SourceWish } from '../../xapi-bridge/sources/add.ts'
import type { NewCredential } from '../../xapi-bridge/sources/credential.ts'

/** Any JSON object. */
export type Json = Record<string, unknown>

/** A valid statement, as our own tool sends it; the test names only what it is about. */
export function aStatement(changes: Json = {}): Json & { id: string } {
  return {
    id: randomUUID(),
    timestamp: '2026-03-02T10:15:30.000Z',
    actor: {
      objectType: 'Agent',
      account: { homePage: 'https://moodle.example', name: `u-${randomUUID()}` },
    },
    verb: { id: 'http://adlnet.gov/expapi/verbs/completed', display: { 'zh-CN': '完成' } },
    object: {
      id: 'https://xueshi.example/xapi/activities/offering/KC-2026-001',
      definition: {
        type: 'http://adlnet.gov/expapi/activities/course',
        name: { 'zh-CN': '课堂观察与改进' },
      },
    },
    result: { completion: true, score: { scaled: 0.86, raw: 86, min: 0, max: 100 }, duration: 'PT5H12M' },
    ...changes,
  }
}

/** The statement without its id, as Moodle sends it. */
export function withoutId({ id: _, ...rest }: Json): Json {
  return rest
}

/** A statement that voids another. */
export function aVoid(target: string, changes: Json = {}): Json & { id: string } {
  const { result: _, ...rest } = aStatement()
  return {
    ...rest,
    verb: { id: 'http://adlnet.gov/expapi/verbs/voided' },
    object: { objectType: 'StatementRef', id: target },
    ...changes,
  } as Json & { id: string }
}

/** How one source speaks to the bridge under test. */
export interface Speaker {
  app: FastifyInstance
  credential: NewCredential
  post(statements: unknown, headers?: Json): Promise<LightMyRequestResponse>
  put(id: string, statement: unknown): Promise<LightMyRequestResponse>
  get(query?: Record<string, string>, headers?: Json): Promise<LightMyRequestResponse>
  /** The statements that a query finds, newest first. */
  find(query?: Record<string, string>): Promise<Json[]>
}

/** A bridge over a ground, without a port. */
export async function aBridge(t: Test, ground: Ground): Promise<FastifyInstance> {
  const app = createServer(ground)
  await app.register(bridge, ground)
  t.teardown(() => app.close())
  return app
}

/** A source of its own on that bridge. */
export async function aSpeaker(
  app: FastifyInstance,
  ground: Ground,
  wish: Partial<SourceWish> = {},
): Promise<Speaker> {
  const credential = await addSource(ground, {
    name: `source ${randomUUID()}`,
    preset: 'adl',
    actorHomePages: ['*'],
    ...wish,
  })
  const usual = {
    authorization: `Basic ${Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')}`,
    'x-experience-api-version': '1.0.3',
  }
  const text = (body: unknown) =>
    typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const url = '/xapi/statements'
  // A header that a test sets to undefined is not sent.
  const headersWith = (changes: Json) =>
    Object.fromEntries(
      Object.entries({ ...usual, ...changes }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>
  const get = (query: Record<string, string> = {}, headers: Json = {}) =>
    app.inject({ method: 'GET', url, query, headers: headersWith(headers) })
  return {
    app,
    credential,
    post: (statements, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: headersWith({ 'content-type': 'application/json', ...headers }),
        payload: text(statements),
      }),
    put: (id, statement) =>
      app.inject({
        method: 'PUT',
        url,
        query: { statementId: id },
        headers: { ...usual, 'content-type': 'application/json' },
        payload: text(statement),
      }),
    get,
    find: async (query = {}) => (await get(query)).json().statements,
  }
}

/** A bridge with one source. */
export async function aFreshSpeaker(
  t: Test,
  ground: Ground,
  wish: Partial<SourceWish> = {},
): Promise<Speaker> {
  return aSpeaker(await aBridge(t, ground), ground, wish)
}
