import { randomUUID } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { newId } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { deleteExpired } from '../../xapi-bridge/dead-letter/steps.ts'
import { watchSources } from '../../xapi-bridge/sources/watch.ts'
import { newReceipt } from '../../xapi-bridge/statements/receipt.ts'
import { conversionScene } from './conversion-scene.ts'
import { anAdministrator } from './dead-letter-scene.ts'
import { aBridge, aSpeaker, aStatement, type Json, type Speaker, withoutId } from './statement-examples.ts'

let ahead = 0
const scene = await conversionScene(t)
const clock = scene.ground.now
const ground = { ...scene.ground, now: () => (clock() + ahead) as Instant }
const day = 86_400_000_000
const app = await aBridge(t, ground)
const admin = await anAdministrator(app, ground)
const home = 'https://lms.example'

const ask = ({ credential }: Speaker, path: string) =>
  app.inject({
    method: 'GET',
    url: `/api/sources/${credential.source_id}/${path}`,
    headers: {
      authorization: `Basic ${Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')}`,
    },
  })
const receiptIn = (answer: { headers: Record<string, unknown> }) =>
  answer.headers['x-xueshi-receipt'] as string
const linesOf = async (speaker: Speaker, receipt: string): Promise<Json[]> =>
  (await ask(speaker, `receipts/${receipt}`)).json().statements

/** A completion whose `completion` is text, as emitters get it wrong. */
const faulty = (changes: Json = {}) =>
  aStatement({ timestamp: '2026-03-09T08:00:00Z', result: { completion: 'true' }, ...changes })
const mended = { mendings: ['text-to-boolean'], reason: '供应商格式有误' }
const fault = { pointer: '/result/completion', code: 'wrong-type' }

t.test('4.7 a refused statement that was mended says so, and what it is now', async (t) => {
  const name = `source ${randomUUID()}`
  const speaker = await aSpeaker(app, ground, { name })
  const activity = `${home}/${randomUUID()}`
  await scene.offering({ code: `KC-${randomUUID().slice(0, 8)}`, activities: [[name, activity]] })
  await scene.teacher([home, 'known'])
  const about = (who: string) => ({
    actor: { account: { homePage: home, name: who } },
    object: { id: activity },
  })
  const [known, stranger] = [faulty(about('known')), aStatement({ ...about('stranger') })]
  const refused = receiptIn(await speaker.post([known, stranger]))
  t.strictSame(await linesOf(speaker, refused), [
    {
      index: 0,
      refused_receipt: refused,
      statement_id: null,
      received: 'refused',
      status: 'refused',
      ...fault,
    },
  ])

  await admin.post(`/api/rejected/${refused}/replay`, mended)
  await scene.work()

  const [first, second] = await linesOf(speaker, refused)
  const settled = { received: 'refused', settled: 'mended', settled_at: String, refused_receipt: refused }
  t.match(first, { index: 0, statement_id: known.id, status: 'claimed', ...settled, refused_for: [fault] })
  t.match(second, {
    index: 1,
    statement_id: stranger.id,
    status: 'parked',
    code: 'ACTOR_UNKNOWN',
    ...settled,
  })
  t.ok(first?.claim_id)
  t.notOk(first?.code, 'the fault of then is no code of now')
  t.match((await ask(speaker, `statements/${known.id}`)).json(), { ...settled, status: 'claimed' })
  t.notMatch(
    JSON.stringify([first, second]),
    new RegExp(`${mended.reason}|${admin.login}`),
    'the office’s own',
  )

  const csv = async (path: string) =>
    parse((await ask(speaker, path)).body, { bom: true, columns: true }) as Json[]
  const row = { statement_id: known.id, received: 'refused', status: 'claimed', settled: 'mended' }
  for (const path of [`receipts/${refused}?format=csv`, `statements/${known.id}?format=csv`]) {
    t.match((await csv(path))[0], { ...row, refused_receipt: refused }, path)
  }
  t.match(await csv(`receipts/${refused}?format=csv`), [
    { refused_for: '/result/completion wrong-type', settled_at: first?.settled_at },
    { refused_for: '' },
  ])
})

t.test('4.7 of a replay: what was stored meanwhile, left out, or set aside', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const [good, bad] = [aStatement(), faulty()]
  const refused = receiptIn(await speaker.post([good, bad]))
  const pushed = receiptIn(await speaker.post(good))
  await admin.post(`/api/rejected/${refused}/replay`, { reason: '另行处理', leave_out: [1] })

  t.match(await linesOf(speaker, refused), [
    { index: 0, statement_id: good.id, receipt: pushed, settled: 'mended', received: 'refused' },
    { index: 1, statement_id: null, settled: 'left_out', status: 'dismissed', ...fault },
  ])
  t.match((await ask(speaker, `statements/${good.id}`)).json(), { received: 'accepted', settled: undefined })

  const dropped = receiptIn(await speaker.post(faulty()))
  await admin.post(`/api/rejected/${dropped}/dismiss`, { reason: '重复推送' })
  t.match(await linesOf(speaker, dropped), [
    { received: 'refused', status: 'dismissed', settled: 'dismissed', settled_at: String, ...fault },
  ])
})

t.test('4.7 a conflict that was replayed under another id stays a conflict, mended', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const first = aStatement()
  await speaker.post(first)
  const refused = receiptIn(await speaker.post({ ...first, result: { completion: false } }))
  const done = await admin.post(`/api/rejected/${refused}/replay`, { mendings: ['new-id'], reason: '另立' })
  const [id] = done.json().statement_ids

  t.match(await linesOf(speaker, refused), [
    { statement_id: id, received: 'conflict', status: 'accepted', settled: 'mended' },
  ])
  t.match((await ask(speaker, `statements/${id}`)).json(), { received: 'conflict', refused_receipt: refused })
  t.match((await ask(speaker, `statements/${first.id}`)).json(), { received: 'accepted' })
})

t.test('4.6 nobody else sees what became of a refused request', async (t) => {
  const [speaker, other] = [await aSpeaker(app, ground), await aSpeaker(app, ground)]
  const refused = receiptIn(await speaker.post(faulty()))
  await admin.post(`/api/rejected/${refused}/replay`, mended)

  t.match((await ask(other, `receipts/${refused}`)).json(), { status: 404, code: 'receipt-unknown' })
})

t.test('4.6 what is no longer kept says so; what was stored is found', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const [one, two, three] = [withoutId(aStatement()), aStatement(), aStatement()]
  const firsts = [receiptIn(await speaker.post(two)), receiptIn(await speaker.post(three))]
  const mixed = receiptIn(await speaker.post([two, one]))
  const repeats = receiptIn(await speaker.post([three, two]))
  const open = receiptIn(await speaker.post(faulty()))
  const replayed = receiptIn(await speaker.post(faulty()))
  await admin.post(`/api/rejected/${replayed}/replay`, mended)
  t.match((await ask(speaker, `receipts/${mixed}`)).json(), {
    complete: true,
    statements: [{ index: 0 }, { index: 1 }],
  })

  // Ids carry the time at which they were made, which no clock of a test sets.
  ahead = Date.now() * 1000 - clock() + 91 * day
  t.teardown(() => {
    ahead = 0
  })
  t.match(
    (await ask(speaker, `receipts/${repeats}`)).json(),
    { complete: true },
    'until the worker has come by',
  )
  while ((await ground.db('receipt_line')).length > 0) await watchSources(ground)
  while ((await deleteExpired(ground)) > 0);

  const answer = (await ask(speaker, `receipts/${mixed}`)).json()
  t.match(answer, { complete: false, statements: [{ received: 'accepted' }] })
  t.equal(answer.statements.length, 1)
  t.notOk('index' in answer.statements[0])
  t.match((await ask(speaker, `receipts/${firsts[0]}`)).json().statements, [{ statement_id: two.id }])
  for (const gone of [repeats, open]) {
    const told = await ask(speaker, `receipts/${gone}`)
    t.equal(told.statusCode, 410)
    t.match(told.json(), { code: 'receipt-expired', title: /no longer kept/ })
  }
  t.match(await linesOf(speaker, replayed), [{ received: 'refused', settled: 'mended', status: String }])
  t.match((await ask(speaker, `statements/${two.id}`)).json(), { received: 'accepted' })
})

t.test('4.6 a receipt that nobody was given is unknown, not expired', async (t) => {
  const speaker = await aSpeaker(app, ground)
  for (const id of [randomUUID(), newId(), newReceipt(2 ** 40)]) {
    const told = await ask(speaker, `receipts/${id}`)
    t.match(told.json(), { status: 404, code: 'receipt-unknown' }, id)
  }
  t.equal(
    (await ground.db('receipt_line').where({ source_id: idBytes(speaker.credential.source_id) })).length,
    0,
  )
})
