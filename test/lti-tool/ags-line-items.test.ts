import t from 'tap'
import { idText } from '../../foundation/database/codec.ts'
import { dayOf } from '../../foundation/time.ts'
import { checkGradebook } from '../../lti-tool/scores/check.ts'
import { scoreLists } from '../../lti-tool/scores/list.ts'
import { chooseLineItem, setLineItemRule } from '../../lti-tool/scores/manage.ts'
import { courseId, scoreWorld } from './scores-world.ts'

t.setTimeout(120_000)
const bare = {
  id: 'bare',
  title: { zh: '没有成绩列的课程', en: 'without a column' },
  about: { zh: '', en: '' },
  offeringCode: null,
  deploymentIds: ['1'],
}
const world = await scoreWorld(t, { courses: [bare] })
const { ground, platform, registrationId, offering } = world

const endpoint = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint'
const scope = (name: string) => `https://purl.imsglobal.org/spec/lti-ags/scope/${name}`

/** A launch that names the list of line items and no item of its own. */
function listOnly(course: string, scopes: string[]): string[] {
  const lineitems = `${platform.issuer}/lti/services/${course}/lineitems?client=xueshi-district`
  return [
    `claim:set:custom=${JSON.stringify({ offering_code: offering.code })}`,
    `claim:set:${endpoint}=${JSON.stringify({ lineitems, scope: scopes.map(scope) })}`,
  ]
}

async function aLearner(course: string, scopes: string[]) {
  const one = await world.teacher()
  await world.launch(one.person, { course, modes: listOnly(course, scopes) })
  await world.complete(one.teacherId, { scorePercent: '80' })
  return one
}

const sought = async (resourceLinkId: string) =>
  ground.db('score_line_item').where({ resource_link_id: resourceLinkId }).first()

t.test('a line item is made only where the registration allows it', async (t) => {
  const one = await aLearner('bare', ['lineitem', 'score'])

  await world.work()

  t.match(await sought('link-bare'), { state: 'absent', code: null })
  t.equal(platform.gradebook('bare').length, 0)
  t.equal(await world.row(one.sub), null)
})

t.test('A30: once it is allowed the line item is made, and what waited for it is posted', async (t) => {
  const before = (await world.teacher()).sub
  await setLineItemRule(ground, registrationId, 'create', 'os:tester')

  await world.work()

  t.match(platform.gradebook('bare'), [
    {
      label: offering.title,
      scoreMaximum: 100,
      resourceId: offering.code,
      tag: 'xueshi',
      resourceLinkId: 'link-bare',
    },
  ])
  t.equal(platform.gradebook('bare')[0]?.scores.size, 1)
  t.equal(platform.gradebook('bare')[0]?.scores.has(before), false)
})

t.test('a line item of ours is found again and not made twice', async (t) => {
  const one = await aLearner('bare', ['lineitem', 'score'])
  await ground.db('score_line_item').delete()
  const second = await aLearner('bare', ['lineitem', 'score'])

  await world.work()

  t.equal(platform.gradebook('bare').length, 1)
  t.match(world.recorded(one.sub, 'bare'), { scoreGiven: 80 })
  t.match(world.recorded(second.sub, 'bare'), { scoreGiven: 80 })
})

t.test('without the scope for line items none is made, though the registration allows it', async (t) => {
  await ground.db('score_line_item').delete()
  const [item] = platform.gradebook('bare')
  if (item) item.resourceId = 'another'
  await aLearner('bare', ['lineitem.readonly', 'score'])

  await world.work()

  t.equal(platform.gradebook('bare').length, 1)
  t.match(await sought('link-bare'), { state: 'choose' })
})

t.test('where none of the line items is surely ours, a person chooses', async (t) => {
  const one = await aLearner(courseId, ['lineitem.readonly', 'score'])
  await world.work()
  const row = await sought(`link-${courseId}`)
  t.match(row, { state: 'choose' })
  const { lineItems } = await scoreLists(ground.db, { today: dayOf(ground.now()) })
  const found = lineItems.find(({ id }) => id === idText(row.line_item_id))
  t.match(found, { state: 'choose', candidates: [{ label: `课程 ${courseId}` }] })

  await t.rejects(
    chooseLineItem(ground, idText(row.line_item_id), 'https://elsewhere.example/1', 'os:tester'),
    {
      code: 'line-item-not-offered',
    },
  )
  await chooseLineItem(ground, idText(row.line_item_id), found?.candidates[0]?.id ?? '', 'os:tester')
  await world.work()

  t.match(world.recorded(one.sub), { scoreGiven: 80 })
})

t.test('a list that cannot be read now is read later', async (t) => {
  platform.setModes(['ags:503@lineitems'])
  await ground.db('score_line_item').delete()
  const [item] = platform.gradebook('bare')
  if (item) item.resourceId = offering.code
  const one = await aLearner('bare', ['lineitem.readonly', 'score'])
  await world.work()
  t.match(await sought('link-bare'), { state: 'waiting', code: 'FAILING', attempts: 1 })

  platform.setModes([])
  await world.pass(60_000)
  await world.work()

  t.match(world.recorded(one.sub, 'bare'), { scoreGiven: 80 })
})

t.test('A30: what was posted is read back, and a grade set by hand shows as a difference', async (t) => {
  const read = await checkGradebook(ground, registrationId)
  t.strictSame([read.differences, read.unread], [[], []])
  t.ok(read.compared >= 4)
  const [first] = platform.gradebook('bare')[0]?.scores.values() ?? []
  if (!first) throw new Error('nothing was posted')
  first.scoreGiven = 12

  const { differences } = await checkGradebook(ground, registrationId)

  t.match(differences, [{ score: { sub: first.userId }, sent: 80, shown: 12 }])
})

t.test('a gradebook that cannot be read is said to be unread', async (t) => {
  platform.setModes(['ags:403@results'])
  t.teardown(() => platform.setModes([]))

  const { compared, unread } = await checkGradebook(ground, registrationId)

  t.equal(compared, 0)
  t.ok(unread.every(({ code }) => code === 'FORBIDDEN') && unread.length > 0)
})
