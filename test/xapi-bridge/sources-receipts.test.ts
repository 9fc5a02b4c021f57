import { randomUUID } from 'node:crypto'
import t from 'tap'
import { conversionStatesOf } from '../../xapi-bridge/conversion/states.ts'
import { receiptCsv } from '../../xapi-bridge/sources/receipt-csv.ts'
import { receiptOf, statementReceipt } from '../../xapi-bridge/sources/receipts.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { freshGround } from '../support/ground.ts'
import { conversionScene } from './conversion-scene.ts'
import { anAdministrator } from './dead-letter-scene.ts'
import { aBridge, aSpeaker, aStatement, type Speaker } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)

const basic = ({ credential }: Speaker) =>
  `Basic ${Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')}`

const ask = (speaker: Speaker, path: string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'GET',
    url: `/api/sources/${speaker.credential.source_id}/${path}`,
    headers: { authorization: basic(speaker), ...headers },
  })

const receiptIn = (answer: { headers: Record<string, unknown> }) =>
  answer.headers['x-xueshi-receipt'] as string

type Line = { index: number; statement_id: string; received: string; status: string; receipt?: string }
const linesOf = async (speaker: Speaker, receipt: string): Promise<Line[]> =>
  (await ask(speaker, `receipts/${receipt}`)).json().statements

t.test('4.6 a receipt accounts for each statement of a mixed batch, in the order sent', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const [one, two, three, four] = [aStatement(), aStatement(), aStatement(), aStatement()]
  const first = receiptIn(await speaker.post([two, four]))

  const mixed = receiptIn(await speaker.post([one, two, three, four]))

  t.not(mixed, first)
  const lines = await linesOf(speaker, mixed)
  t.strictSame(
    lines.map(({ index, statement_id, received }) => [index, statement_id, received]),
    [
      [0, one.id, 'accepted'],
      [1, two.id, 'duplicate'],
      [2, three.id, 'accepted'],
      [3, four.id, 'duplicate'],
    ],
  )
  t.equal(lines[1]?.receipt, first, 'a duplicate names the receipt under which it was stored')
  t.equal((await linesOf(speaker, first)).length, 2, 'the first is as it was')
})

t.test('4.6 a repeat of one request gets its receipt; a repeat of two gets one of its own', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const [one, two] = [aStatement(), aStatement()]
  const first = receiptIn(await speaker.post(one))
  await speaker.post(two)

  const again = receiptIn(await speaker.post(one))
  const both = receiptIn(await speaker.post([two, one]))

  t.equal(again, first)
  t.strictSame(
    (await linesOf(speaker, both)).map(({ statement_id, received }) => [statement_id, received]),
    [
      [two.id, 'duplicate'],
      [one.id, 'duplicate'],
    ],
  )
})

t.test('4.6 a conflict that is kept quiet stands in the receipt as one', async (t) => {
  const speaker = await aSpeaker(app, ground, { onConflict: 'quiet' })
  const [one, two] = [aStatement(), aStatement()]
  await speaker.post(one)

  const other = { ...one, verb: { id: 'http://example.com/other' } }
  const receipt = receiptIn(await speaker.post([other, two]))

  t.strictSame(
    (await linesOf(speaker, receipt)).map(({ statement_id, received }) => [statement_id, received]),
    [
      [one.id, 'conflict'],
      [two.id, 'accepted'],
    ],
  )
})

t.test('4.6 the usual request, all new or all a repeat, writes no line of its own', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const count = async () => Number((await ground.db('receipt_line').count({ n: '*' }).first())?.n)
  const before = await count()
  const sent = [aStatement(), aStatement()]

  await speaker.post(sent)
  await speaker.post(sent)

  t.equal(await count(), before)
})

t.test('4.6 one statement is found by its id, by its own source alone', async (t) => {
  const [speaker, other] = [await aSpeaker(app, ground), await aSpeaker(app, ground)]
  const sent = aStatement()
  const receipt = receiptIn(await speaker.post(sent))

  t.match((await ask(speaker, `statements/${sent.id.toUpperCase()}`)).json(), {
    statement_id: sent.id,
    received: 'accepted',
    receipt,
  })
  t.equal((await ask(speaker, `statements/${randomUUID()}`)).statusCode, 404)
  t.equal((await ask(other, `statements/${sent.id}`)).statusCode, 404)
  t.equal((await ask(speaker, 'statements/none')).statusCode, 404)
  const url = `/api/sources/${speaker.credential.source_id}/statements/${sent.id}`
  t.equal((await app.inject({ method: 'GET', url })).statusCode, 401)
  t.equal(
    (await app.inject({ method: 'GET', url, headers: { authorization: basic(other) } })).statusCode,
    404,
  )
})

t.test('4.6 administrators read receipts with a token of their account', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const receipt = receiptIn(await speaker.post(aStatement()))
  const url = `/api/sources/${speaker.credential.source_id}/receipts/${receipt}`

  const administrator = await anAdministrator(app, ground)

  t.equal((await administrator.get(url)).json().statements.length, 1)
  t.equal((await administrator.get('/api/sources/none/receipts/none')).statusCode, 404)
})

t.test('4.6 a receipt as CSV, by header or parameter', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const sent = aStatement()
  const receipt = receiptIn(await speaker.post(sent))

  for (const answer of [
    await ask(speaker, `receipts/${receipt}?format=csv`),
    await ask(speaker, `receipts/${receipt}`, { accept: 'text/csv' }),
    await ask(speaker, `statements/${sent.id}?format=csv`),
  ]) {
    t.match(answer.headers['content-type'], 'text/csv')
    const [head, line] = answer.body.replace('\uFEFF', '').split('\r\n')
    t.match(head, /^index,statement_id,received,status,/)
    t.match(line, `${sent.id},accepted,`)
  }
  t.equal((await ask(speaker, `receipts/${receipt}?format=xml`)).statusCode, 400)
})

t.test('4.6 a cell of CSV is never a formula', (t) => {
  const line = { statement_id: null, received: 'refused', status: 'refused', detail: '=1+1' } as const

  const csv = receiptCsv([line, { ...line, detail: '@SUM(A1)' }, { ...line, detail: '-2' }])

  t.match(csv, `'=1+1`)
  t.match(csv, `'@SUM(A1)`)
  t.match(csv, `'-2`)
  t.notMatch(csv, /(^|,)=1/m)
  t.end()
})

t.test('4.1 on trial a receipt shows what would be claimed; live, it is', async (t) => {
  const scene = await conversionScene(t)
  const { db } = scene.ground
  const source = await scene.source({ preset: 'adl', state: 'trial' })
  const activity = 'https://lms.example/course/1'
  const { code } = await scene.offering({
    code: `KC-${randomUUID().slice(0, 8)}`,
    approvedMilliHours: 7500,
    activities: [[source.name, activity]],
  })
  await scene.teacher(['https://lms.example', 'known'])
  const completed = (name: string, id = activity) => ({
    ...aStatement(),
    timestamp: '2026-03-09T08:00:00Z',
    actor: { account: { homePage: 'https://lms.example', name } },
    object: { id },
  })
  const [ready = '', stranger = '', unmapped = ''] = await source.push(
    completed('known'),
    completed('stranger'),
    completed('known', 'https://lms.example/course/2'),
  )
  await scene.work()
  const lineOf = (statementId: string) =>
    statementReceipt(db, { sourceId: source.id, statementId, statesOf: conversionStatesOf })

  t.match(await lineOf(ready), {
    status: 'parked',
    code: 'SOURCE_NOT_LIVE',
    would_claim: { offering_code: code, hours: '7.5', missing: null },
  })
  t.match(await lineOf(stranger), {
    would_claim: { offering_code: code, hours: '7.5', missing: { code: 'ACTOR_UNKNOWN' } },
  })
  t.match(await lineOf(unmapped), {
    would_claim: { offering_code: null, hours: null, missing: { code: 'ACTIVITY_UNKNOWN' } },
  })
  t.strictSame(await scene.standing(), [])
  const { receipt = '' } = (await lineOf(ready)) ?? {}
  const ask = { sourceId: source.id, receipt, now: scene.ground.now(), statesOf: conversionStatesOf }
  const shown = await receiptOf(db, ask)
  t.match(receiptCsv(shown?.statements ?? []), `${code},7.5,`)

  await changeSource(scene.ground, source.id, { state: 'live' })
  await scene.work()

  const credited = await lineOf(ready)
  t.equal(credited?.status, 'claimed')
  t.notOk(credited?.would_claim)
  t.equal((await scene.standing()).length, 1)
})

t.test('4.1 a trial that is discarded is never credited; what comes after it is', async (t) => {
  const scene = await conversionScene(t)
  const source = await scene.source({ preset: 'adl', state: 'trial' })
  const page = 'https://lms.example'
  await scene.offering({
    code: `KC-${randomUUID().slice(0, 8)}`,
    activities: [
      [source.name, `${page}/1`],
      [source.name, `${page}/2`],
    ],
  })
  await scene.offering({ code: `KC-${randomUUID().slice(0, 8)}`, activities: [[source.name, `${page}/3`]] })
  const teacherId = await scene.teacher([page, 'known'])
  const completed = (name: string, id: string) => ({
    ...aStatement(),
    timestamp: '2026-03-09T08:00:00Z',
    actor: { account: { homePage: page, name } },
    object: { id },
  })
  await source.push(completed('known', `${page}/1`), completed('later', `${page}/1`))
  const discard = () => changeSource(scene.ground, source.id, { state: 'live' }, { discardTrial: true })
  await t.rejects(discard(), { code: 'trial-not-converted' })
  await scene.work()

  t.equal((await discard()).discarded, 2)
  await source.push(completed('known', `${page}/3`))
  await scene.work()
  await scene.link(teacherId, page, 'later')
  await scene.work()

  t.equal((await scene.standing()).length, 1, 'the completion that came live')
})
