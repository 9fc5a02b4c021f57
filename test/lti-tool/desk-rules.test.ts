// @lane embedded: what it reads is tested in the rooms below on both engines.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { dayOf } from '../../foundation/time.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { accountOf } from '../../ledger/claims/submit.ts'
import { link } from '../../ledger/roster/identity.ts'
import { teacherByNo } from '../../ledger/roster/people.ts'
import { addAliases } from '../../xapi-bridge/aliases/aliases.ts'
import { convertWaiting } from '../../xapi-bridge/conversion/convert.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { addDocument, anOffering, govern } from '../ledger/books-world.ts'
import { yearlyPolicy } from '../support/yearly-policy.ts'
import { deskWorld } from './desk-world.ts'

const home = 'https://other.example'

/** Only a score of 0.8 completes. */
const strict = `
completions:
  - {name: passed, verb: http://adlnet.gov/expapi/verbs/passed, minimum_scaled: "0.8", as: passed}
`

t.test('a trial of rules names who falls below a requirement, and what a closed year keeps', async (t) => {
  const world = await deskWorld(t)
  const { ground, app, roster, posting } = world
  const { db } = ground
  const today = dayOf(ground.now())
  await addDocument(posting, yearlyPolicy)
  await govern(posting, 'test.plain', '2026-01-01')
  const admin = await world.person('district_admin')
  const added = await addSource(ground, {
    name: `来源 ${randomUUID()}`,
    preset: 'adl',
    actorHomePages: [home],
  })
  const source = await sourceById(db, added.source_id)
  if (!source) throw new Error('no source')
  const teacherNo = roster.no('T0001')
  const teacherId = await world.teacherId('T0001')
  const identifier = { kind: 'account' as const, homePage: home, name: 'one' }
  await transact(db, (trx) =>
    link(trx, { identifier, teacherId, madeBy: 'test', reason: 'test', now: ground.now() }),
  )
  const statements = []
  for (const [course, scaled] of [
    ['a', 0.9],
    ['b', 0.5],
  ] as const) {
    const { code } = await anOffering(posting, { form: '网络研修', approvedOn: '2020-01-01' })
    const activity = `${home}/course/${course}`
    await addAliases(ground, {
      source,
      activityIds: [activity],
      offeringCode: code,
      actor: 'test',
      reason: 'test',
    })
    statements.push({
      actor: { account: { homePage: home, name: 'one' } },
      verb: { id: 'http://adlnet.gov/expapi/verbs/passed' },
      object: { id: activity },
      result: { score: { scaled } },
      timestamp: new Date(Date.now() - 60_000).toISOString(),
    })
  }
  // Said about a course, and no completion.
  statements.push({ ...statements[0], verb: { id: 'http://adlnet.gov/expapi/verbs/shared' } })
  const pushed = await app.inject({
    method: 'POST',
    url: '/xapi/statements',
    headers: {
      authorization: `Basic ${Buffer.from(`${added.key}:${added.secret}`).toString('base64')}`,
      'content-type': 'application/json',
      'x-experience-api-version': '1.0.3',
    },
    payload: JSON.stringify(statements),
  })
  t.equal(pushed.statusCode, 200, pushed.body)
  while ((await convertWaiting(ground)) > 0);
  await postAll(posting)
  const url = `/desk/rules/${source.id}`
  const page = (await admin.get(url)).body
  t.match(page, /完成记录.*?<div>2<\/div>/)
  t.match(page, /没有规则适用.*?<div>1<\/div>/)

  const tried = async (rules: string) => (await admin.post(url, { step: 'try', rules })).body

  const open = await tried(strict)
  const teacher = await teacherByNo(db, teacherNo, today)
  t.match(open, '不再达标的教师')
  t.match(open, '每年不少于12学时')
  t.match(open, `href="/desk/teachers/${teacherNo}"`)
  t.match(open, `${teacherNo} · ${teacher?.school?.schoolName}`)
  t.match(open, /现行规则"><div>12<\/div>.*新规则"><div>6<\/div>.*应达到"><div>12 学时/)
  t.notMatch(open, '已结账年度的学时不会自动改变')

  await db('account')
    .where('account_id', idBytes(accountOf(teacherId)))
    .update({ closed_through: Number(today.slice(0, 4)) })
  const closed = await tried(strict)
  t.match(closed, '已结账年度的学时不会自动改变')
  t.match(closed, '1 项，6 学时')
  t.notMatch(closed, `href="/desk/teachers/${teacherNo}"`)
  t.match(await tried('preset: adl'), '与现行规则没有差别')
})
