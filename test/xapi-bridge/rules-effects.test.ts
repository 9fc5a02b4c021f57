import { randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { createServer } from '../../foundation/http/server.ts'
import { newId } from '../../foundation/ids.ts'
import { dayOf } from '../../foundation/time.ts'
import { addLogin } from '../../ledger/access/login.ts'
import type { AccessRole } from '../../ledger/access/role.ts'
import { addApiToken } from '../../ledger/access/token.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { accountOf } from '../../ledger/claims/submit.ts'
import { addPolicy } from '../../ledger/policy/add.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { teacherByNo } from '../../ledger/roster/people.ts'
import { transcriptOf } from '../../ledger/transcript/transcript.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { applyRules } from '../../xapi-bridge/rule-changes/apply.ts'
import { decideRules, proposeRules, rulesForSource } from '../../xapi-bridge/rule-changes/change.ts'
import { tryRules } from '../../xapi-bridge/rule-changes/try.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { aCsv } from '../support/roster.ts'
import { yearlyPolicy } from '../support/yearly-policy.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const { ground } = scene
const { db, now } = ground
const book = postingGround(ground)
const today = dayOf(now())

/** Twelve hours a year, recognised by themselves. */
const makerId = newId()
const { versionNo } = await transact(db, async (trx) => {
  await addPolicy(trx, yearlyPolicy, { makerId, now: now() })
  return activatePolicy(trx, { policyId: 'test.plain', from: '2020-01-01', makerId, now: now() })
})
await applyPolicyVersion(book, versionNo, { makerId })

/** Only a score of 0.8 completes. */
const strict = `
preset: adl
completions:
  - {name: passed, verb: http://adlnet.gov/expapi/verbs/passed, minimum_scaled: "0.8", as: passed}
`
/** Progress is a completion: more than the preset sees. */
const generous = `
preset: adl
completions:
  - {name: any, verbs: [http://adlnet.gov/expapi/verbs/passed, http://adlnet.gov/expapi/verbs/progressed], as: passed}
`

/** Two courses of six hours each, and teachers of one school who have two accounts on the platform. */
async function district() {
  const source = await scene.source({ preset: 'adl' })
  const held = await sourceById(db, source.id)
  if (!held) throw new Error('no source')
  for (const course of ['A', 'B']) {
    await scene.offering({ code: randomUUID(), activities: [[source.name, `${lms}/course/${course}`]] })
  }
  const tag = randomUUID().slice(0, 8)
  const names = ['exact', 'safe', 'short', 'gains', 'split'] as const
  const numberOf = (name: string) => `T-${tag}-${name}`
  await importRoster(
    ground,
    [
      aCsv('schools.csv', ['单位编号,学校名称,类型', `S-${tag},测试小学${tag},小学`]),
      aCsv('teachers.csv', ['教师编号,姓名,状态', ...names.map((name) => `${numberOf(name)},测试·甲,在岗`)]),
      aCsv('employment.csv', [
        '教师编号,单位编号,岗位,起,止',
        ...names.map((name) => `${numberOf(name)},S-${tag},教师,2020-09-01,`),
      ]),
    ],
    { actor: 'os:tester' },
  )
  const accountOfName = (name: string, no = 1) => `${tag} ${name} ${no}`
  const ids = new Map<string, string>()
  for (const name of names) {
    const teacher = await teacherByNo(db, numberOf(name), today)
    if (!teacher) throw new Error('no teacher')
    ids.set(name, teacher.teacherId)
    for (const no of [1, 2]) await scene.link(teacher.teacherId, lms, accountOfName(name, no))
  }
  const said = (verb: 'passed' | 'progressed', user: string, course: string, scaled?: number) =>
    adlStatement(verb, {
      user,
      activity: `${lms}/course/${course}`,
      ...(scaled !== undefined && { result: { score: { scaled } } }),
    })
  await source.push(
    said('passed', accountOfName('exact'), 'A', 0.9),
    said('passed', accountOfName('exact'), 'B', 0.5),
    said('passed', accountOfName('safe'), 'A', 0.9),
    said('passed', accountOfName('safe'), 'B', 0.9),
    said('passed', accountOfName('short'), 'A', 0.5),
    said('passed', accountOfName('gains'), 'A', 0.9),
    said('progressed', accountOfName('gains'), 'B'),
    said('passed', accountOfName('split', 1), 'A', 0.5),
    said('passed', accountOfName('split', 2), 'B', 0.5),
  )
  const post = async () => {
    await scene.work()
    await postAll(book)
  }
  await post()
  const trying = (text: string) =>
    tryRules(ground, { source: held, candidate: rulesForSource(held, text), from: null })
  const apply = async (text: string) => {
    const maker = { loginId: newId(), actor: 'login:maker', reason: 'tried' }
    const made = await proposeRules(ground, { source: held, text, validFrom: '2020-01-01', ...maker })
    const checker = { ...maker, loginId: newId() }
    await decideRules(ground, {
      sourceId: held.id,
      versionNo: made.versionNo,
      verdict: 'approve',
      ...checker,
    })
    while ((await applyRules(ground)) > 0) await post()
    await post()
  }
  /** How the yearly requirement stands for each teacher, as the transcript says it. */
  const standing = async () => {
    const found: Record<string, [string | undefined, string | null | undefined]> = {}
    for (const name of names) {
      const transcript = await transcriptOf(db, { teacherNo: numberOf(name), window: 'year', today })
      const yearly = transcript.requirements.find(({ id }) => id === 'yearly')
      found[name] = [yearly?.result, yearly?.have]
    }
    return found
  }
  const closeYear = async (name: string, periodNo: number) => {
    await db('account')
      .where('account_id', idBytes(accountOf(ids.get(name) as string)))
      .update({ closed_through: periodNo })
  }
  return { source, tag, numberOf, trying, apply, standing, closeYear }
}

t.test('a trial names who falls below a requirement, as applying the rules then shows', async (t) => {
  const { numberOf, tag, trying, apply, standing } = await district()
  const before = await standing()
  const trial = await trying(strict)
  await apply(strict)
  const after = await standing()

  t.match(trial, { teachers_newly_met: 0, teachers_no_longer_met: 2 })
  t.strictSame(trial.requirements, [
    {
      requirement: 'yearly',
      quote: '每年不少于12学时',
      from: '2026-01-01',
      to: '2026-12-31',
      newly_met: 0,
      no_longer_met: 2,
    },
  ])
  t.match(trial.teachers, [
    {
      change: 'no_longer_met',
      teacher_no: numberOf('exact'),
      name: '测试·甲',
      school: `测试小学${tag}`,
      before: { result: 'met', have: '12' },
      after: { result: 'not_met', have: '6' },
      need: '12',
      unit: 'hour',
    },
    { teacher_no: numberOf('split'), after: { have: '0' } },
  ])
  t.strictSame(before, {
    exact: ['met', '12'],
    safe: ['met', '12'],
    short: ['not_met', '6'],
    gains: ['not_met', '6'],
    split: ['met', '12'],
  })
  t.strictSame(after, {
    exact: ['not_met', '6'],
    safe: ['met', '12'],
    short: ['not_met', '0'],
    gains: ['not_met', '6'],
    split: ['not_met', '0'],
  })
})

t.test('a trial names who reaches a requirement, as applying the rules then shows', async (t) => {
  const { numberOf, trying, apply, standing } = await district()
  const same = await trying('preset: adl')
  const trial = await trying(generous)
  await apply(generous)
  const { gains } = await standing()

  t.match(trial, { teachers_newly_met: 1, teachers_no_longer_met: 0, closed_periods: [] })
  t.match(trial.teachers, [
    { change: 'newly_met', teacher_no: numberOf('gains'), before: { have: '6' }, after: { have: '12' } },
  ])
  t.strictSame(gains, ['met', '12'])
  t.match(
    same,
    { teachers_newly_met: 0, teachers_no_longer_met: 0, requirements: [], teachers: [], closed_periods: [] },
    'the rules in force, tried again, touch nothing',
  )
})

t.test(
  'a closed year keeps its hours: the trial says which, and applying does not change them',
  async (t) => {
    const { trying, apply, standing, closeYear } = await district()
    await closeYear('exact', 2026)
    await closeYear('gains', 2026)
    const lost = await trying(strict)
    const gained = await trying(generous)
    await apply(generous)
    const { gains } = await standing()

    t.strictSame(lost.closed_periods, [
      { period: 2026, late_claims: 0, late_hours: '0', kept_claims: 1, kept_hours: '6' },
    ])
    t.match(lost, { teachers_no_longer_met: 1 }, 'who has two accounts and an open year')
    t.strictSame(gained.closed_periods, [
      { period: 2026, late_claims: 1, late_hours: '6', kept_claims: 0, kept_hours: '0' },
    ])
    t.match(gained, { teachers_newly_met: 0 })
    t.strictSame(gains, ['not_met', '6'])
  },
)

t.test('who may not see everybody learns how many, not who', async (t) => {
  const { source, numberOf, tag } = await district()
  const app = createServer(ground)
  await app.register(bridge, ground)
  t.teardown(() => app.close())
  const tried = async (role: AccessRole) => {
    const login = `${role}-${tag}`
    await addLogin(ground, { login, role, actor: 'test' })
    const kept = await addApiToken(ground, { login, scopes: ['read'], days: 1, actor: 'test' })
    const token = { jti: kept.tokenId, sub: kept.loginId, scopes: kept.scopes }
    const answer = await app.inject({
      method: 'POST',
      url: '/api/rules/try',
      headers: { authorization: `Bearer ${await signApiToken(ground.config.tokenSecret, token, 86_400)}` },
      payload: { source: source.name, rules: strict },
    })
    t.equal(answer.statusCode, 200, answer.body)
    return answer.json()
  }
  const [checker, operator] = [await tried('checker'), await tried('operator')]
  const text = JSON.stringify(operator)

  t.match(checker.teachers, [{ teacher_no: numberOf('exact'), name: '测试·甲', school: `测试小学${tag}` }])
  t.match(operator, {
    teachers_no_longer_met: 2,
    requirements: [{ no_longer_met: 2 }],
    teachers: [{ change: 'no_longer_met', teacher_no: null, name: null, school: null }],
  })
  for (const secret of [numberOf('exact'), '测试·甲', `测试小学${tag}`]) t.notMatch(text, secret)
  t.strictSame(
    { ...operator, by_school: 0, samples: 0, teachers: 0 },
    { ...checker, by_school: 0, samples: 0, teachers: 0 },
  )
})
