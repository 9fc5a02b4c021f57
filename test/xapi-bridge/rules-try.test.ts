import { randomUUID } from 'node:crypto'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { signApiToken } from '../../foundation/http/bearer.ts'
import { createServer } from '../../foundation/http/server.ts'
import { newId } from '../../foundation/ids.ts'
import { addLogin } from '../../ledger/access/login.ts'
import { addApiToken } from '../../ledger/access/token.ts'
import { bridge } from '../../xapi-bridge/app.ts'
import { dismissItems } from '../../xapi-bridge/queue/decide.ts'
import { queueList, queueStatus } from '../../xapi-bridge/queue/queue.ts'
import { applyRules } from '../../xapi-bridge/rule-changes/apply.ts'
import { decideRules, proposeRules, rulesForSource } from '../../xapi-bridge/rule-changes/change.ts'
import { tryRules } from '../../xapi-bridge/rule-changes/try.ts'
import { versionsOf } from '../../xapi-bridge/rules/versions.ts'
import { sourceById } from '../../xapi-bridge/sources/source.ts'
import { conversionScene } from './conversion-scene.ts'
import { adlStatement, voidOf } from './lookalikes.ts'

const lms = 'https://lms.example'
const scene = await conversionScene(t)
const { ground } = scene
const { db } = ground

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
/** A pass supports a completion and is none. */
const evidenceOnly = `
preset: adl
completions:
  - {name: completed, verb: http://adlnet.gov/expapi/verbs/completed}
evidence:
  - {name: passed, verb: http://adlnet.gov/expapi/verbs/passed, as: passed}
`
/** Completing supports a pass and is none. */
const passedOnly = `
preset: adl
completions:
  - {name: passed, verb: http://adlnet.gov/expapi/verbs/passed, as: passed}
evidence:
  - {name: completed, verb: http://adlnet.gov/expapi/verbs/completed, as: assessed}
`
const maker = { loginId: newId(), actor: 'login:maker', reason: 'as the platform says it' }
const checker = { loginId: newId(), actor: 'login:checker', reason: 'tried' }

async function school() {
  const source = await scene.source({ preset: 'adl' })
  const held = await sourceById(db, source.id)
  if (!held) throw new Error('no source')
  const code = randomUUID()
  await scene.offering({ code, activities: [[source.name, `${lms}/course/A`]] })
  const people = await Promise.all(
    ['high', 'low', 'only-progress'].map(async (name) => {
      const user = `${name} ${randomUUID()}`
      return { user, teacherId: await scene.teacher([lms, user]) }
    }),
  )
  const [high, low, progress] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]]
  await source.push(
    adlStatement('passed', { user: high.user, result: { score: { scaled: 0.9 } } }),
    adlStatement('passed', {
      user: low.user,
      result: { score: { scaled: 0.5 } },
      at: '2026-02-01T10:00:00+08:00',
    }),
    adlStatement('progressed', { user: progress.user }),
    adlStatement('passed', { user: randomUUID(), result: { score: { scaled: 0.9 } } }),
  )
  await scene.work()
  const credited = async () => {
    const standing = await scene.standing()
    return people.map(({ teacherId }) => standing.filter((one) => one.teacherId === teacherId).length)
  }
  const approve = async (text: string, validFrom = '2026-01-01') => {
    const { versionNo } = await proposeRules(ground, { source: held, text, validFrom, ...maker })
    await decideRules(ground, { sourceId: held.id, versionNo, verdict: 'approve', ...checker })
    return versionNo
  }
  const apply = async () => {
    while ((await applyRules(ground)) > 0) await scene.work()
    await scene.work()
  }
  return { source, held, high, low, progress, code, credited, approve, apply }
}

const trying = (held: Parameters<typeof rulesForSource>[0], text: string, from: string | null = null) =>
  tryRules(ground, { source: held, candidate: rulesForSource(held, text), from })

t.test('trying says what would be lost, why, and in which category, and writes nothing', async (t) => {
  const { held, code, credited } = await school()
  const items = await db('conversion_item').count({ n: '*' }).first()
  const trial = await trying(held, strict)

  t.match(trial, { statements: 4, changed: 1, newly_credited: 0, no_longer_credited: 1, completions_lost: 1 })
  t.match(trial.by_category, [{ category: '师德与素养', gain: '0', lose: '6' }])
  t.match(trial.by_year, [{ year: '2026', no_longer_credited: 1 }])
  t.match(trial.samples, [{ kind: 'no_longer_credited', offering: code, before: 'credited', after: null }])
  t.strictSame(await db('conversion_item').count({ n: '*' }).first(), items)
  t.strictSame(await credited(), [1, 1, 0])
})

t.test('trying says what would be new', async (t) => {
  const { held } = await school()
  const trial = await trying(held, generous)

  t.match(trial, { changed: 1, newly_credited: 1, no_longer_credited: 0, completions_new: 1 })
  t.match(trial.by_school, [{ school: null, gain: '6', lose: '0' }])
})

t.test('trying with another pass says which items enter and leave each code', async (t) => {
  const { source, held, code } = await school()
  await scene.offering({ code, passMark: '60', activities: [[source.name, `${lms}/course/A`]] })
  const trial = await trying(held, 'pass: {by: score, failed_after_passed: ignore}')

  t.match(trial.codes, [{ code: 'NOT_PASSED' }])
})

t.test('rules that begin on a day leave what happened before alone', async (t) => {
  const { held } = await school()

  t.equal((await trying(held, strict, '2026-02-02')).changed, 0)
  t.equal((await trying(held, strict, '2026-02-01')).changed, 1)
})

t.test('the same rules change nothing', async (t) => {
  const { held } = await school()

  t.match(await trying(held, 'preset: adl'), { changed: 0, samples: [] })
})

t.test('a statement that was voided is judged as voided on both sides', async (t) => {
  const { source, held } = await school()
  const id = randomUUID()
  const user = randomUUID()
  await scene.teacher([lms, user])
  await source.push(adlStatement('passed', { id, user, result: { score: { scaled: 0.1 } } }), voidOf(id))
  await scene.work()

  t.equal((await trying(held, strict)).no_longer_credited, 1)
})

t.test('nothing changes until a second person approves', async (t) => {
  const { held, credited, apply } = await school()
  const { versionNo } = await proposeRules(ground, {
    source: held,
    text: strict,
    validFrom: '2026-01-01',
    ...maker,
  })
  await apply()
  const own = decideRules(ground, { sourceId: held.id, versionNo, verdict: 'approve', ...maker })

  await t.rejects(own, { code: 'rules-same-person' })
  t.strictSame(await credited(), [1, 1, 0])
})

t.test('approved rules take back what they do not credit, with the version as cause', async (t) => {
  const { held, low, credited, approve, apply } = await school()
  const versionNo = await approve(strict)
  const unsettled = (await queueStatus(db)).settled
  await apply()
  const acts = (await scene.filed()).filter((one) => one.kind === 'act')
  const claim = (await scene.filed()).find((one) => one.kind === 'claim' && one.teacherId === low.teacherId)

  t.equal(unsettled, false)
  t.strictSame(await credited(), [1, 0, 0])
  t.match(
    acts.filter(({ claimId }) => claimId === claim?.claimId),
    [{ act: 'void', note: `rules:${versionNo}` }],
  )
  t.match((await versionsOf(db, held.id))[0], { state: 'active', checkedBy: 'login:checker' })
})

t.test('what is only evidence under approved rules is a claim no longer', async (t) => {
  const { held, credited, approve, apply } = await school()
  const trial = await trying(held, evidenceOnly)
  await approve(evidenceOnly)
  await apply()

  t.equal(trial.no_longer_credited, 2)
  t.strictSame(await credited(), [0, 0, 0])
})

t.test('a completion that another statement opens under approved rules stays one claim', async (t) => {
  const { source, held, approve, apply } = await school()
  const user = randomUUID()
  const teacherId = await scene.teacher([lms, user])
  await source.push(
    adlStatement('completed', { user, at: '2026-02-03T10:00:00+08:00' }),
    adlStatement('passed', { user, at: '2026-02-03T11:00:00+08:00' }),
  )
  await scene.work()
  const endings = async () =>
    (await scene.standing())
      .filter((one) => one.teacherId === teacherId)
      .map(({ content }) => new Date(content.endedAt / 1000).toISOString())
  const before = await endings()
  const trial = await trying(held, passedOnly)
  await approve(passedOnly)
  await apply()

  t.strictSame(before, ['2026-02-03T02:00:00.000Z'])
  t.match(trial, { credited_otherwise: 1, no_longer_credited: 0 })
  t.strictSame(await endings(), ['2026-02-03T03:00:00.000Z'])
})

t.test('approved rules credit what came before them, and new statements too', async (t) => {
  const { source, progress, credited, approve, apply } = await school()
  await approve(generous)
  await apply()
  const before = await credited()
  const user = randomUUID()
  const teacherId = await scene.teacher([lms, user])
  await source.push(adlStatement('progressed', { user }))
  await source.push(adlStatement('passed', { user: progress.user, at: '2026-03-05T10:00:00+08:00' }))
  await scene.work()

  t.strictSame(before, [1, 1, 1])
  t.equal((await scene.standing()).filter((one) => one.teacherId === teacherId).length, 1)
  t.strictSame(await credited(), [1, 1, 1])
})

t.test('applying again, or from the middle, posts nothing twice', async (t) => {
  const { held, approve, apply } = await school()
  const versionNo = await approve(strict)
  await apply()
  const filed = (await scene.filed()).length
  await db('rule_set_version')
    .where({ source_id: idBytes(held.id), version_no: versionNo })
    .update({ reached: 0, applied_at: null })
  await apply()

  t.equal((await scene.filed()).length, filed)
})

t.test(
  'rules that read a claim otherwise have it filed anew; the same reading leaves it alone',
  async (t) => {
    const { high, approve, apply } = await school()
    const percents = async () =>
      (await scene.standing())
        .filter((one) => one.teacherId === high.teacherId)
        .map(({ content }) => content.scorePercent)
    const before = await percents()
    await approve('pass: {by: score, failed_after_passed: ignore}')
    await apply()

    // By score is raw over max; this one has neither.
    t.strictSame(before, ['90'])
    t.strictSame(await percents(), [null])
  },
)

t.test('going back to the preset credits again, as a new claim', async (t) => {
  const { credited, approve, apply } = await school()
  await approve(strict)
  await apply()
  const between = await credited()
  await approve('preset: adl')
  await apply()

  t.strictSame(between, [1, 0, 0])
  t.strictSame(await credited(), [1, 1, 0])
})

t.test('what waits under rules that do not read it any more stops waiting', async (t) => {
  const { source, approve, apply } = await school()
  await source.push(adlStatement('passed', { user: randomUUID(), result: { score: { scaled: 0.1 } } }))
  await scene.work()
  const waiting = async () => (await queueList(db)).items.filter((one) => one.source === source.name).length
  const before = await waiting()
  await approve(strict)
  await apply()

  t.strictSame([before, await waiting()], [2, 1])
})

t.test('what a person set aside stays so when rules come and go', async (t) => {
  const { source, approve, apply } = await school()
  const user = randomUUID()
  await source.push(adlStatement('passed', { user, result: { score: { scaled: 0.1 } } }))
  await scene.work()
  const item = (await queueList(db)).items.find(({ teacherHint }) => teacherHint.startsWith(user))
  const decision = { actor: 'login:test', makerId: newId(), reason: 'a test account' }
  await dismissItems(ground, 'ACTOR_UNKNOWN', [item?.itemId ?? ''], decision)
  await approve(strict)
  await apply()
  await approve('preset: adl')
  await apply()
  const teacherId = await scene.teacher([lms, user])
  await scene.work()

  t.equal((await scene.standing()).filter((one) => one.teacherId === teacherId).length, 0)
})

t.test('rules are tried, proposed and approved with tokens of two accounts', async (t) => {
  const { source, credited, apply } = await school()
  const app = createServer(ground)
  await app.register(bridge, ground)
  t.teardown(() => app.close())
  const token = async (login: string) => {
    await addLogin(ground, { login, role: 'district_admin', actor: 'test' })
    const kept = await addApiToken(ground, { login, scopes: ['read', 'write'], days: 1, actor: 'test' })
    return signApiToken(
      ground.config.tokenSecret,
      { jti: kept.tokenId, sub: kept.loginId, scopes: kept.scopes },
      86_400,
    )
  }
  const send = async (url: string, bearer: string, payload: object) => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${bearer}` },
      payload,
    })
    return { status: answer.statusCode, body: answer.json() }
  }
  const [one, two] = [await token(`m${Date.now()}`), await token(`c${Date.now()}`)]
  const rules = { source: source.name, rules: strict }
  const tried = await send('/api/rules/try', one, rules)
  const bad = await send('/api/rules/try', one, { ...rules, rules: 'preset: adl\nsurprise: 1' })
  const proposed = await send('/api/rules', one, { ...rules, from: '2026-01-01', reason: 'why' })
  const decision = { source: source.name, version: 1, verdict: 'approve', reason: 'tried' }
  const own = await send('/api/rules/decide', one, decision)
  const approved = await send('/api/rules/decide', two, decision)
  await apply()

  t.match(tried, { status: 200, body: { statements: 4, no_longer_credited: 1 } })
  t.match(bad, { status: 400, body: { code: 'rules-invalid', errors: [{ pointer: '/surprise' }] } })
  t.match(proposed, { status: 200, body: { version: 1, state: 'proposed' } })
  t.match(own, { status: 409, body: { code: 'rules-same-person' } })
  t.match(approved, { status: 200, body: { state: 'active' } })
  t.strictSame(await credited(), [1, 0, 0])
})
