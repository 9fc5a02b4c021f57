// @lane embedded: reads what the course room keeps, which other files test on both engines.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { addYears, dayOf } from '../../foundation/time.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { importCourse } from '../../lti-tool/coursework/import.ts'
import { courseworkRoutes } from '../../lti-tool/coursework/routes.ts'
import { csrfToken } from '../../lti-tool/launch/session.ts'
import { pingRoute } from '../../lti-tool/launch/session-routes.ts'
import { reviewFirst, reviewRoutes } from '../../lti-tool/review/routes.tsx'
import { type Claims, claim, FakePlatform, roles } from '../support/fake-platform.ts'
import { freshGround } from '../support/ground.ts'
import { codeOf, type Entered, enter, form, launchWith, toolApp } from '../support/launching.ts'
import { anOffering, keepOffering, rightFields, writeCourse } from './coursework-world.ts'

const ground = await freshGround(t)
const platform = await FakePlatform.start(t)
await platform.registerWithoutKeys(ground)
const app = await toolApp(t, ground, [pingRoute, reviewFirst, reviewRoutes, courseworkRoutes])
await importCourse(ground, await writeCourse(t), 'test')
const today = dayOf(ground.now())
const offering = anOffering({
  classes: [
    {
      trainingClassId: newId(),
      code: 'now',
      from: addYears(today, -1),
      to: addYears(today, 1),
      sessions: [],
    },
  ],
})
await keepOffering(ground, offering)
const target = `${ground.config.publicUrl}/lti/launch/offerings/${offering.offeringId}`
const learner = 'learner-7'

/** A launch from the gradebook, to look at somebody's work. */
function looking(forUser: string, changes: Claims = {}): Claims {
  return {
    sub: 'leader-1',
    name: '课程负责人',
    [claim.messageType]: 'LtiSubmissionReviewRequest',
    [claim.roles]: [roles.instructor],
    [claim.target]: target,
    [claim.forUser]: { user_id: forUser },
    [claim.ags]: { lineitem: `${platform.url}/lineitem?x=1`, scope: [] },
    ...changes,
  }
}

const get = ({ launchId, cookie }: Entered, path: string) =>
  app.inject({ url: `/app/${launchId}/${path}`, headers: { cookie, accept: 'text/html' } })

async function handIn(
  entered: Entered,
  unit: string,
  kind: 'read' | 'answer',
  fields: Record<string, unknown>,
) {
  const { launchId, cookie } = entered
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  )
  const { payload, headers } = form([
    ['_csrf', csrfToken(ground.config, launchId)],
    ['event', randomUUID()],
    ['kind', kind],
    ...pairs,
  ])
  const answered = await app.inject({
    method: 'POST',
    url: `/app/${launchId}/units/${unit}`,
    payload,
    headers: { ...headers, cookie, 'sec-fetch-site': 'same-origin' },
  })
  if (answered.statusCode !== 303) throw new Error(`${unit}: ${answered.statusCode}`)
}

t.test('A35: before a learner began, the leader is told so', async (t) => {
  const entered = await enter(app, ground, platform, looking('nobody-yet'))

  t.match((await get(entered, 'review')).body, /还没有在学时簿学习/)
})

t.test('A35: the course leader sees what a learner handed in, and can change nothing', async (t) => {
  const studying = await enter(app, ground, platform, { sub: learner, [claim.target]: target })
  await handIn(studying, 'u1', 'read', {})
  await handIn(studying, 'u3', 'answer', { ...rightFields, 'q-q5': '不知道' })
  await handIn(studying, 'u4', 'answer', { text: '倾听学生，是课堂的开始。<b>我</b>会这样做。' })

  const response = await launchWith(app, ground, platform, looking(learner))
  t.equal(response.statusCode, 303)
  const entered = await enter(app, ground, platform, looking(learner))
  t.match((await get(entered, '')).headers.location, /\/review$/)
  const { statusCode, body } = await get(entered, 'review')

  t.equal(statusCode, 200)
  t.match(body, /陈静怡/)
  t.match(body, /8 \/ 10 分/)
  t.match(body, /不知道[\s\S]{0,80}错误/)
  t.match(body, /先 → 后/)
  t.match(body, /&lt;b>我/)
  t.notMatch(body, /<form|<button/)
})

t.test('A35: a look at another’s work is in the audit, one at one’s own is not', async (t) => {
  const own = looking(learner, { sub: learner, [claim.roles]: [roles.student] })
  const entered = await enter(app, ground, platform, own)
  t.match((await get(entered, 'review')).body, /8 \/ 10 分/)

  const { events } = await auditPage(ground.db, { action: 'submission-viewed', subjectId: learner })

  t.equal(events.length, 1)
  t.match(events[0], {
    actor: /^platform:/,
    subjectId: learner,
    detail: { by: 'leader-1', offering: offering.code },
  })
})

t.test('R34: a learner may not look at the work of another', async (t) => {
  for (const list of [[roles.student], []]) {
    const response = await launchWith(
      app,
      ground,
      platform,
      looking(learner, { sub: 'other', [claim.roles]: list }),
    )
    t.equal(response.statusCode, 403)
    t.equal(codeOf(response), 'lti-review-refused')
  }
})

t.test('a column that belongs to no offering shows that there is nothing to look at', async (t) => {
  const claims = looking(learner, { [claim.target]: `${ground.config.publicUrl}/lti/launch` })

  t.match((await get(await enter(app, ground, platform, claims), 'review')).body, /没有可以查看的内容/)
})

t.test('a launch that asks for nobody’s work has no such page', async (t) => {
  t.equal((await get(await enter(app, ground, platform), 'review')).statusCode, 404)
})
