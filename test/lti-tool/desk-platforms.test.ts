// @lane embedded: what it shows is made in rooms that are tested on both engines.
import t from 'tap'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import { registry } from '../../foundation/http/metrics.ts'
import { addLogin } from '../../ledger/access/login.ts'
import type { AccessRole } from '../../ledger/access/role.ts'
import { deskRoutes } from '../../lti-tool/desk/routes.tsx'
import { rosterSteps } from '../../lti-tool/rosters/steps.ts'
import { scoresForPeople } from '../../lti-tool/scores/list.ts'
import { personOf, signInHere } from './desk-world.ts'
import { scoreWorld } from './scores-world.ts'

t.setTimeout(120_000)
const world = await scoreWorld(t, { otherPages: [deskRoutes, signInHere] })
const { ground, app, platform, registrationId } = world
const person = async (role: AccessRole) => {
  const { loginId, login } = await addLogin(ground, {
    login: `${role.replace('_', '-')}-1`,
    role,
    orgNo: null,
    teacherNo: null,
    actor: 'os:tester',
  })
  return personOf(app, ground, { loginId, login })
}
const admin = await person('district_admin')
const inspector = await person('inspector')

/** A score that the platform refuses because its learner is not enrolled. */
async function aRejected() {
  const one = await world.teacher()
  await world.launch(one.person)
  platform.enrol('kc', one.person, null)
  await world.complete(one.teacherId, { scorePercent: '88' })
  await world.work()
  platform.enrol('kc', one.person, 'Active')
  return one
}

t.test('a rejected score is shown with its reason, and a button sends it again', async (t) => {
  const one = await aRejected()
  t.equal(await scoresForPeople(ground.db), 1, 'it is counted among what waits for somebody')
  const { body } = await admin.get('/desk/scores')
  t.match(body, /88 \/ 100/)
  t.match(body, /学员未选课/)
  t.match(body, `T-${one.person}`)
  const row = await world.row(one.sub)

  await world.pass(3_000)
  const answer = await admin.post('/desk/scores/retry', { score: row?.id ?? '' })
  t.match(answer, { statusCode: 303, headers: { location: '/desk/scores?told=retried&n=1' } })
  t.match((await admin.get(answer.headers.location as string)).body, '已重新排队：1 条')
  await world.work()

  t.match(world.recorded(one.sub), { scoreGiven: 88 })
  t.match(await ground.db('audit_event').where({ action: 'scores-retried' }).first('actor'), {
    actor: `login:${admin.login}`,
  })
})

t.test('a paused platform says why, and goes on when a person says so', async (t) => {
  platform.setModes(['ags:403@scores*1'])
  const one = await world.teacher()
  await world.launch(one.person)
  await world.complete(one.teacherId)
  await world.work()
  t.match((await admin.get('/desk/scores')).body, /已暂停：平台不允许/)
  t.match(await registry.metrics(), `xueshi_scores_paused{platform="${registrationId}"} 1`)

  await world.pass(3_000)
  await admin.post('/desk/scores/resume', { platform: registrationId })
  await world.work()

  t.match(await world.row(one.sub), { state: 'sent' })
  t.match(
    (await admin.post('/desk/scores/resume', { platform: registrationId })).headers.location,
    /told=refused/,
  )
})

t.test('whether missing line items are made is set on the page', async (t) => {
  await admin.post('/desk/scores/line-items', { platform: registrationId, rule: 'create' })

  t.match((await admin.get('/desk/scores')).body, /<option value="create" selected/)
  t.match(await ground.db('score_lane').first('line_items'), { line_items: 'create' })
})

t.test('an inspector looks and changes nothing', async (t) => {
  const { body, statusCode } = await inspector.get('/desk/scores')
  t.equal(statusCode, 200)
  t.notMatch(body, /<form[^>]+desk\/scores/)

  for (const deed of ['retry', 'resume', 'line-items', 'choose'])
    t.equal((await inspector.post(`/desk/scores/${deed}`, { platform: registrationId })).statusCode, 403)
  t.equal((await inspector.post('/desk/members/fetch', {})).statusCode, 403)
})

t.test('a form from elsewhere changes nothing', async (t) => {
  const answer = await admin.post('/desk/scores/retry', { _csrf: 'x' })

  t.equal(answer.statusCode, 403)
})

t.test(
  'a roster is read on demand, shows who is on it, and proposes links that a person makes',
  async (t) => {
    const one = await world.teacher()
    await world.launch(one.person)
    const { teacherId } = await world.teacher()
    await ground
      .db('teacher')
      .where({ teacher_id: idBytes(teacherId) })
      .update({ name: '测试50', name_key: '测试50' })
    await admin.post('/desk/members/fetch', {})
    const { signal } = new AbortController()
    for (const step of rosterSteps(ground)) await step.run(signal)
    const { roster_id } = await ground.db('platform_roster').first('roster_id')
    const page = `/desk/members/${idText(roster_id)}`

    t.match((await admin.get('/desk/members')).body, page)
    const { body } = await admin.get(page)
    t.match(body, '姓名相同')
    t.match((await inspector.get(page)).body, '姓名相同')
    t.notMatch((await inspector.get(page)).body, /\/link"/)
    const form =
      /action="([^"]+\/link)"[\s\S]*?name="sub" value="([^"]+)"[\s\S]*?name="teacher_no" value="([^"]+)"/.exec(
        body,
      )
    const linked = await admin.post(form?.[1] ?? '', { sub: form?.[2] ?? '', teacher_no: form?.[3] ?? '' })

    t.match(linked.headers.location, `${page}?told=linked`)
    t.match(await ground.db('identity_link').where({ value: form?.[2] }).first(), {
      reason: 'roster',
      active_flag: 1,
    })
    t.equal((await admin.get('/desk/members/nothing')).statusCode, 404)
  },
)
