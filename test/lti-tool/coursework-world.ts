import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyPluginAsync, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Ground } from '../../foundation/ground.ts'
import { createServer } from '../../foundation/http/server.ts'
import { derivedId, type Id, newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { identifierKey } from '../../ledger/roster/identity.ts'
import { toolWith } from '../../lti-tool/app.ts'
import { importCourse } from '../../lti-tool/coursework/import.ts'
import { courseworkRoutes } from '../../lti-tool/coursework/routes.ts'
import { launchCookie, signLaunch } from '../../lti-tool/launch/session.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { transcriptRoutes } from '../../lti-tool/transcript/routes.tsx'

/** A course of every kind of unit, small enough to be finished in a test. */
export const courseYaml = `schema: xueshi-course/1
code: kc-2026-001
title: 师德与法治
units:
  - {id: u1, kind: reading, title: 第一课, file: u1.md, first_lesson: true}
  - {id: u2, kind: video, title: 讲座, file: u2.mp4, seconds: 20, skip: false, max_speed: 1.5}
  - {id: u3, kind: quiz, title: 测评, pass_mark: 60, attempts: 3, questions: u3.yaml}
  - {id: u4, kind: reflection, title: 研修心得, min_characters: 10}
  - {id: u5, kind: evaluation, title: 评价课程}
`

/** Questions of every kind, ten points in all. */
export const questionsYaml =
  `- {id: q1, kind: single, text: 教师法何时颁布？, points: 2, answer: b, feedback: 见第一课, choices: [{id: a, text: 1985}, {id: b, text: "1993"}]}
- {id: q2, kind: multiple, text: 哪些是义务？, points: 2, answer: [a, c], choices: [{id: a, text: 甲}, {id: b, text: 乙}, {id: c, text: 丙}]}
- {id: q3, kind: true-false, text: 学高为师。, points: 2, answer: true}
- {id: q4, kind: ordering, text: 排序, points: 2, answer: [y, x], choices: [{id: x, text: 后}, {id: y, text: 先}]}
- {id: q5, kind: short-answer, text: 简称？, points: 2, answer: [教师法, 《教师法》]}
`.replace('text: 1985', 'text: "1985"')

/** Fields of the quiz that are all right. */
export const rightFields = {
  'q-q1': 'b',
  'q-q2': ['a', 'c'],
  'q-q3': 'true',
  'q-q4.x': '2',
  'q-q4.y': '1',
  'q-q5': '教师法',
}

/** Writes a course package into a folder; files replace or join those of the valid course. */
export async function writeCourse(t: Test, files: Record<string, string | Buffer> = {}): Promise<string> {
  const dir = join(t.testdir({}), 'course')
  await mkdir(dir)
  const all: Record<string, string | Buffer> = {
    'course.yaml': courseYaml,
    'u1.md': '# 第一课\n\n**师德**是根本。<script>alert(1)</script>\n',
    'u2.mp4': Buffer.alloc(300_000, 7),
    'u3.yaml': questionsYaml,
    ...files,
  }
  for (const [name, content] of Object.entries(all)) await writeFile(join(dir, name), content)
  return dir
}

/** The installation of one test file: a clock of its own, the course, an offering with a class that runs now. */
export interface World {
  ground: Ground & { db: Ground['db'] }
  app: FastifyInstance
  offering: OfferingInfo
  /** Moves the clock on by so many milliseconds. */
  pass(ms: number): void
  /** Opens the course as somebody new. */
  enter(changes?: {
    roles?: string
    test?: boolean
    sub?: string
    offering?: OfferingInfo | null
  }): Promise<Visit>
}

/** A launch and its browser. */
export interface Visit {
  iss: string
  sub: string
  launchId: Id
  /** The session cookie as a browser holds it. */
  cookie(): { name: string; value: string }
  get(path: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  post(path: string, body: unknown): Promise<LightMyRequestResponse>
  form(path: string, fields: Record<string, string>): Promise<LightMyRequestResponse>
  /** Reports acts of the page; ids are made where they are missing. */
  report(...acts: Record<string, unknown>[]): Promise<LightMyRequestResponse>
}

export const iss = 'https://moodle.example'

/** Lays out the world on a fresh database. */
export async function courseWorld(t: Test, fresh: Ground, clock: 'own' | 'real' = 'own'): Promise<World> {
  // A microsecond goes by with every look at the clock, so that what happens later is later.
  let at = Date.parse('2026-03-05T02:00:00Z') * 1000
  const now = () => {
    at += 1
    return at as Instant
  }
  const ground: Ground = clock === 'own' ? { ...fresh, now } : fresh
  await importCourse(ground, await writeCourse(t), 'test')
  const offering = anOffering()
  await keepOffering(ground, offering)
  const app = createServer(ground)
  // Tokens are signed by the scope that the door made.
  let signer = app
  const scope: FastifyPluginAsync<Ground> = async (inner) => {
    signer = inner
  }
  await app.register(
    toolWith({ launchPages: [scope, pingRoute, courseworkRoutes, transcriptRoutes], otherPages: [] }),
    ground,
  )
  await app.ready()
  t.teardown(() => app.close())
  return {
    ground,
    app,
    offering,
    pass: (ms) => {
      at += ms * 1000
    },
    enter: (how = {}) =>
      enter({ ground, app, signer, offering: how.offering === undefined ? offering : how.offering }, how),
  }
}

/** A valid offering with one class around the time of the tests. */
export function anOffering(changes: Partial<OfferingInfo> = {}): OfferingInfo {
  return {
    offeringId: newId(),
    code: 'KC-2026-001',
    title: '师德与法治',
    projectNo: '2026-XM-017',
    projectTitle: '新时代师德专题',
    organisers: ['示例区教师发展中心'],
    approvedOn: '2026-02-20',
    level: 'district',
    category: '师德与素养',
    form: '网络研修',
    topic: null,
    audience: null,
    approvedMilliHours: 6000,
    awardBasis: 'fixed_on_pass',
    approvalMode: 'auto',
    passMark: '60',
    attendanceThreshold: null,
    contains: [],
    packageCode: 'kc-2026-001',
    classes: [
      { trainingClassId: newId(), code: '2026-1', from: '2026-03-01', to: '2026-06-30', sessions: [] },
    ],
    ...changes,
  }
}

/** Records an offering as the catalogue keeps it. */
export async function keepOffering({ db, now }: Ground, offering: OfferingInfo): Promise<void> {
  const project_id = idBytes(newId())
  await db('project').insert({
    project_id,
    project_no: `${offering.projectNo}-${offering.offeringId.slice(-6)}`,
    title: offering.projectTitle,
    organisers: Buffer.from(JSON.stringify(offering.organisers)),
    recognition_level: offering.level,
    approved_on: offering.approvedOn,
    recorded_at: now(),
  })
  const offering_id = idBytes(offering.offeringId)
  await db('offering').insert({
    offering_id,
    code: offering.code,
    project_id,
    title: offering.title,
    package_code: offering.packageCode,
    is_path: 0,
    version_no: 1,
    recorded_at: now(),
  })
  await db('offering_version').insert({
    offering_id,
    version_no: 1,
    content: Buffer.from(JSON.stringify(offering)),
    content_hash: Buffer.alloc(32),
    recorded_at: now(),
    actor: 'test',
  })
}

async function enter(
  {
    ground,
    app,
    signer,
    offering,
  }: { ground: Ground; app: FastifyInstance; signer: FastifyInstance; offering: OfferingInfo | null },
  how: { roles?: string; test?: boolean; sub?: string },
): Promise<Visit> {
  const launchId = newId()
  const sub = how.sub ?? `user-${launchId.slice(-8)}`
  const personId = derivedId(launchId, 'person')
  const launchedAt = ground.now()
  const key = identifierKey({ kind: 'account', homePage: iss, name: sub })
  const known = await ground.db('lti_person').where('identifier_key', key).first('person_id')
  if (!known) {
    await ground.db('lti_person').insert({
      person_id: idBytes(personId),
      iss,
      sub,
      identifier_key: key,
      shared_name: '王老师',
      first_seen_at: launchedAt,
      last_seen_at: launchedAt,
    })
  }
  await ground.db('lti_launch').insert({
    launch_id: idBytes(launchId),
    launched_at: launchedAt,
    message_type: 'LtiResourceLinkRequest',
    registration_id: idBytes(newId()),
    person_id: known?.person_id ?? idBytes(personId),
    iss,
    client_id: 'client',
    deployment_id: '1',
    sub,
    course_id: 'course-2',
    resource_link_id: 'link-3',
    offering_id: offering ? idBytes(offering.offeringId) : null,
    roles: Buffer.from('[]'),
    launch_roles: how.roles ?? 'learner',
    is_test: how.test ? 1 : 0,
  })
  const launchRole = (how.roles ?? 'learner').split(',')[0] as 'learner'
  const token = () => signLaunch(signer, ground, { launchId, personId, launchRole, launchedAt })
  const authorization = () => `Bearer ${token()}`
  const ask = (
    method: 'GET' | 'POST',
    path: string,
    more: { headers?: Record<string, string>; payload?: string },
  ) =>
    app.inject({
      method,
      url: `/app/${launchId}/${path}`,
      headers: { authorization: authorization(), accept: 'text/html', ...more.headers },
      ...(more.payload === undefined ? {} : { payload: more.payload }),
    })
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  const post = (path: string, body: unknown) =>
    ask('POST', path, { headers: json, payload: JSON.stringify(body) })
  return {
    iss,
    sub,
    launchId,
    cookie: () => ({ name: launchCookie(launchId), value: token() }),
    post,
    get: (path, headers = {}) => ask('GET', path, { headers }),
    form: (path, fields) =>
      ask('POST', path, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(fields).toString(),
      }),
    report: (...acts) => post('events', { events: acts.map((act) => ({ id: newId(), ...act })) }),
  }
}

/** Studies the whole course of the world, as fast as its rules allow. */
export async function finishCourse(world: World, visit: Visit): Promise<void> {
  await visit.report({ unit: 'u1', kind: 'open' }, { unit: 'u1', kind: 'read', ms: 60_000 })
  await visit.report({ unit: 'u2', kind: 'open' })
  world.pass(20_000)
  await visit.report({ unit: 'u2', kind: 'watch', ranges: [[0, 20_000]], ms: 20_000 })
  await visit.report({ unit: 'u3', kind: 'answer', fields: rightFields })
  await visit.report({ unit: 'u4', kind: 'answer', fields: { text: '今天的研修使我收获很大，今后要落实。' } })
  await visit.report({
    unit: 'u5',
    kind: 'answer',
    fields: { content: '5', teaching: '4', usefulness: '5', comment: '' },
  })
}

/** Every statement in the outbox, in the order of birth. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into statements as they like
export async function statementsOf({ ground }: World, visit?: Visit): Promise<any[]> {
  const rows = await ground.db('statement_outbox').orderBy([{ column: 'born_at' }, { column: 'place' }])
  const statements = rows.map(({ content }) => JSON.parse(content.toString('utf8')))
  return visit ? statements.filter(({ actor }) => actor.account.name === visit.sub) : statements
}
