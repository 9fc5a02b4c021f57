import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import type { Instant } from '../../foundation/time.ts'
import { auditPage } from '../../ledger/audit/read.ts'
import { createRejects, makeRoom, mostOfSource } from '../../xapi-bridge/dead-letter/keep.ts'
import { deadLetterSteps, deleteExpired } from '../../xapi-bridge/dead-letter/steps.ts'
import { freshGround } from '../support/ground.ts'
import { anAdministrator } from './dead-letter-scene.ts'
import { aBridge, aSpeaker, aStatement, aVoid, type Json, withoutId } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)
const admin = await anAdministrator(app, ground)

/** A statement with mail address and success as emitters get them wrong. */
const faulty = (changes: Json = {}) => ({
  ...withoutId(aStatement()),
  actor: { mbox: `t-${randomUUID()}@school.example` },
  result: { completion: 'true', score: { raw: '86', min: 0, max: 100 } },
  ...changes,
})
const plan = { mendings: ['add-mailto', 'text-to-boolean', 'text-to-number'], reason: '供应商格式有误' }
const receiptOf = (answer: { headers: Record<string, unknown> }) =>
  answer.headers['x-xueshi-receipt'] as string

t.test('4.7 what was refused is listed with its faults, by source, code and state', async (t) => {
  const { post, credential } = await aSpeaker(app, ground)
  const id = receiptOf(await post([faulty()]))
  await post({})

  const { inputs, total, open_by_code } = (
    await admin.get(`/api/rejected?source=${credential.source_id}&code=invalid-mailbox&state=open`)
  ).json()

  t.equal(total, 1)
  t.match(inputs, [
    {
      rejected_id: id,
      status: 400,
      via: 'push',
      masked: false,
      state: 'open',
      source_id: credential.source_id,
    },
  ])
  t.strictSame(inputs[0].codes.sort(), ['invalid-mailbox', 'wrong-type'])
  t.equal(open_by_code['missing-property'], 1)
  const other = await aSpeaker(app, ground)
  await other.post({})
  t.equal(await openOf(credential.source_id), 1, 'of this source alone')
  t.ok((await openOf(null)) >= 2, 'of all')
  const page = (await admin.get(`/api/rejected?source=${credential.source_id}&size=1`)).json()
  t.equal(page.total, 2)
  const next = await admin.get(
    `/api/rejected?source=${credential.source_id}&size=1&before=${page.inputs[0].rejected_id}`,
  )
  t.equal(next.json().inputs[0].rejected_id, id)
})

async function openOf(sourceId: string | null): Promise<number> {
  const answer = await admin.get(`/api/rejected${sourceId === null ? '' : `?source=${sourceId}`}`)
  return answer.json().open_by_code['missing-property']
}

t.test('a list refuses a parameter that it does not have, and names those it has', async (t) => {
  const id = randomUUID()
  for (const [list, known] of [
    ['/api/queue', 'reason, after, size'],
    ['/api/rejected', 'source, code, state, before, size'],
    ['/api/rejected/mendings', 'none'],
    ['/api/deliveries', 'destination_id, state, event, code, after, size'],
    ['/api/destinations', 'none'],
    ['/api/sources', 'none'],
    [`/api/sources/${id}/credentials`, 'none'],
    [`/api/sources/${id}/aliases`, 'none'],
    [`/api/sources/${id}/receipts/${id}`, 'format'],
    ['/api/rules', 'source'],
    ['/api/rules/document', 'source, version'],
  ] as const) {
    const answer = await admin.get(`${list}?limit=200`)
    t.match(answer.json(), { status: 400, code: 'invalid-request' }, list)
    t.match(JSON.stringify(answer.json().errors), `there is no parameter limit here; it takes ${known}`, list)
  }
})

t.test('4.7 headers are kept without secrets', async (t) => {
  const { post } = await aSpeaker(app, ground)

  const id = receiptOf(await post([faulty()], { cookie: 'a=b', 'user-agent': 'emitter/1' }))

  const { headers } = (await admin.get(`/api/rejected/${id}`)).json()
  t.strictSame(headers, {
    'content-type': 'application/json',
    'x-experience-api-version': '1.0.3',
    'user-agent': 'emitter/1',
  })
})

t.test('4.7 a preview shows before and after and changes nothing', async (t) => {
  const { post, find } = await aSpeaker(app, ground)
  const id = receiptOf(await post([aStatement(), faulty()]))

  const answer = await admin.post(`/api/rejected/${id}/preview`, { mendings: ['add-mailto'] })

  const { ready, total, remaining, statements } = answer.json()
  t.match({ ready, total, remaining }, { ready: false, total: 2, remaining: 1 })
  t.match(statements[0], { index: 1, changed: true, changes: ['add-mailto'] })
  t.match(JSON.parse(statements[0].after).actor.mbox, /^mailto:/)
  t.strictSame(statements[0].faults_after.map(({ pointer }: { pointer: string }) => pointer).sort(), [
    '/result/completion',
    '/result/score/raw',
  ])
  t.strictSame(await find(), [])
  t.equal((await admin.get(`/api/rejected/${id}`)).json().state, 'open')
})

t.test(
  '4.7 a replay stores the mended statements under the operator, with provenance, and is audited',
  async (t) => {
    const { post, find } = await aSpeaker(app, ground)
    const good = aStatement()
    const sent = [good, faulty()]
    const id = receiptOf(await post(sent))

    const answer = await admin.post(`/api/rejected/${id}/replay`, plan)

    t.match(answer.json(), { accepted: 2, duplicate: 0, statement_ids: [good.id, String] })
    const stored = await find({ ascending: 'true' })
    t.match(stored, [
      { id: good.id },
      { result: { completion: true, score: { raw: 86 } }, id: answer.json().statement_ids[1] },
    ])
    const authority = {
      objectType: 'Agent',
      account: { homePage: `${ground.config.xapiIriBase}operators`, name: admin.loginId },
    }
    for (const statement of stored) t.strictSame(statement.authority, authority)
    const byAuthority = await find({ agent: JSON.stringify(authority), related_agents: 'true' })
    t.equal(byAuthority.length, 2, 'found by its authority')
    const kept = (await admin.get(`/api/rejected/${id}`)).json()
    t.match(kept, {
      state: 'mended',
      settled_by: `login:${admin.login}`,
      settled_reason: plan.reason,
      body: JSON.stringify(sent),
      replayed: [
        { index: 0, changes: [], operator: `login:${admin.login}`, reason: plan.reason },
        { index: 1, changes: plan.mendings },
      ],
    })
    const { events } = await auditPage(ground.db, { subjectKind: 'rejected_input', subjectId: id })
    t.match(events, [{ action: 'rejected-replayed', actor: `login:${admin.login}`, detail: { accepted: 2 } }])
    t.notMatch(JSON.stringify(events), /school\.example/)
  },
)

t.test('4.7 replaying twice, or twice at once, stores once', async (t) => {
  const { post, find } = await aSpeaker(app, ground)
  const id = receiptOf(await post([faulty(), faulty()]))
  const replay = () => admin.post(`/api/rejected/${id}/replay`, plan)

  const [a, b] = await Promise.all([replay(), replay()])
  const again = await replay()

  t.equal(a.json().accepted + b.json().accepted, 2)
  t.match(again.json(), { accepted: 0, duplicate: 2, statement_ids: a.json().statement_ids })
  t.equal((await find()).length, 2)
  t.equal((await admin.get(`/api/rejected/${id}`)).json().replayed.length, 2)
  t.equal((await auditPage(ground.db, { subjectId: id })).events.length, 1)
})

t.test('4.7 a replay is all or nothing: what still has faults stores nothing', async (t) => {
  const { post, find } = await aSpeaker(app, ground)
  const id = receiptOf(await post([aStatement(), faulty()]))

  const answer = await admin.post(`/api/rejected/${id}/replay`, { mendings: ['trim'], reason: 'x' })

  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { code: 'not-mended', errors: [{ index: 1, pointer: '/actor/mbox' }, {}, {}] })
  t.strictSame(await find(), [])
  t.equal((await admin.get(`/api/rejected/${id}`)).json().state, 'open')
})

t.test('4.7 statements are edited by hand, left out, or written anew as a whole', async (t) => {
  const { post, find } = await aSpeaker(app, ground)
  const mine = aStatement()
  const edited = receiptOf(await post([faulty(), { nothing: true }]))
  const broken = receiptOf(await post('[{"actor":'))

  const byHand = await admin.post(`/api/rejected/${edited}/replay`, {
    edits: [{ index: 0, text: JSON.stringify(mine) }],
    leave_out: [1],
    reason: '手工更正',
  })
  const anew = await admin.post(`/api/rejected/${broken}/replay`, {
    body: JSON.stringify([aStatement(), aStatement()]),
    reason: '手工更正',
  })

  t.match(byHand.json(), { accepted: 1, statement_ids: [mine.id] })
  t.match(anew.json(), { accepted: 2 })
  t.equal((await find()).length, 3)
  t.match((await admin.get(`/api/rejected/${edited}`)).json(), { replayed: [{ changes: ['edited'] }] })
  const wrong = await admin.post(`/api/rejected/${broken}/preview`, { edits: [{ index: 9, text: '{}' }] })
  t.match(wrong.json(), { code: 'mending-invalid' })
})

t.test('4.7 an identity number in a reason is kept nowhere', async (t) => {
  const { post } = await aSpeaker(app, ground)
  const number = '990101198001010014'
  const [mended, dropped] = [receiptOf(await post([faulty()])), receiptOf(await post([faulty()]))]

  await admin.post(`/api/rejected/${mended}/replay`, { ...plan, reason: `证件 ${number}` })
  await admin.post(`/api/rejected/${dropped}/dismiss`, { reason: `证件 ${number}` })

  for (const id of [mended, dropped]) {
    const { events } = await auditPage(ground.db, { subjectId: id })
    t.match(events, [{ detail: { reason: `证件 ${'*'.repeat(18)}` } }])
    t.notMatch((await admin.get(`/api/rejected/${id}`)).body, number)
  }
  const replays = await ground.db('statement_replay').where('reason', 'like', `%${number}%`)
  t.strictSame(replays, [])
})

t.test('4.7 a conflict is kept, and replayed under a new id', async (t) => {
  const { post, find } = await aSpeaker(app, ground)
  const first = aStatement()
  await post(first)
  const id = receiptOf(await post({ ...first, result: { completion: false } }))

  const seen = (await admin.get(`/api/rejected/${id}`)).json()
  t.match(seen, {
    status: 409,
    statements: [{ faults_after: [{ pointer: '/id', code: 'statement-conflict' }] }],
  })
  const answer = await admin.post(`/api/rejected/${id}/replay`, { mendings: ['new-id'], reason: '另立' })

  t.match(answer.json(), { accepted: 1 })
  t.not(answer.json().statement_ids[0], first.id)
  t.equal((await find()).length, 2)
})

t.test(
  '4.7 what was starred out is not replayed until somebody has said what shall stand there',
  async (t) => {
    const { post, find } = await aSpeaker(app, ground)
    const number = '990101198001010014'
    const escaped = number.replace('9', '\\u0039')
    const statement = JSON.stringify(withoutId(aStatement({ result: { response: '@' } })))
    const id = receiptOf(await post(statement.replace('@', number)))
    const other = receiptOf(await post(statement.replace('@', escaped)))

    const kept = await admin.get(`/api/rejected/${id}`)
    t.notMatch(kept.body, number)
    t.match(kept.json(), {
      masked: true,
      ready: false,
      statements: [{ faults_after: [{ pointer: '/result/response', code: 'masked-value' }] }],
    })
    t.notMatch((await admin.get(`/api/rejected/${other}`)).body, /0101198001010014/, 'escaped digits neither')
    t.match((await admin.post(`/api/rejected/${id}/replay`, { reason: 'x' })).json(), { code: 'not-mended' })
    t.strictSame(await find(), [])
    const text = kept.json().statements[0].before.replace('*'.repeat(18), '（已删去）')
    const mended = await admin.post(`/api/rejected/${id}/replay`, {
      edits: [{ index: 0, text }],
      reason: 'x',
    })
    t.match(mended.json(), { accepted: 1 })
  },
)

t.test('4.7 an input is dismissed with a reason, and then neither dismissed nor replayed', async (t) => {
  const { post } = await aSpeaker(app, ground)
  const id = receiptOf(await post([faulty()]))

  t.match((await admin.post(`/api/rejected/${id}/dismiss`, { reason: '' })).json(), {
    code: 'invalid-request',
  })
  t.match((await admin.post(`/api/rejected/${id}/dismiss`, { reason: '测试数据' })).json(), {
    state: 'dismissed',
  })

  t.match((await admin.get(`/api/rejected/${id}`)).json(), { state: 'dismissed', settled_reason: '测试数据' })
  t.match((await admin.post(`/api/rejected/${id}/dismiss`, { reason: 'x' })).json(), {
    code: 'rejected-settled',
  })
  t.match((await admin.post(`/api/rejected/${id}/replay`, plan)).json(), { code: 'rejected-settled' })
  const unknown = await admin.post(`/api/rejected/${randomUUID()}/replay`, plan)
  t.equal(unknown.statusCode, 404)
  t.match(unknown.json(), { code: 'rejected-unknown' })
})

t.test('4.7 one mending is applied to all of one fault, after a preview', async (t) => {
  const { post, find, credential } = await aSpeaker(app, ground)
  for (let n = 0; n < 5; n++) await post([faulty({ result: { completion: true } })])
  await post([faulty({ verb: {} })])
  const wish = { code: 'invalid-mailbox', mendings: ['add-mailto'], source: credential.source_id }

  const seen = (await admin.post('/api/rejected/mend', wish)).json()
  t.match(seen, { inputs: 6, ready: 5, accepted: 0, samples: { length: 6 }, next: null })
  t.strictSame(await find(), [])
  t.match((await admin.post('/api/rejected/mend', { ...wish, apply: true })).json(), {
    code: 'invalid-request',
  })

  const order = { ...wish, apply: true, reason: '补 mailto', size: 4 }
  const first = (await admin.post('/api/rejected/mend', order)).json()
  const rest = (await admin.post('/api/rejected/mend', { ...order, after: first.next })).json()

  t.match(first, { inputs: 4, accepted: 4 })
  t.match(rest, { inputs: 2, accepted: 1, refused: [{ errors: [{ pointer: '/verb/id' }] }], next: null })
  t.equal((await find()).length, 5)
})

t.test(
  '4.2 a void that a credential may not send is not kept to be replayed by somebody who may',
  async (t) => {
    const { post, credential } = await aSpeaker(app, ground)
    const scopes = 'statements/write statements/read'
    await ground.db('credential').where({ access_key: credential.key }).update({ scopes })
    const target = aStatement()
    await post(target)
    const written = JSON.stringify([faulty(), aVoid(target.id as string)])
    for (const body of [
      written,
      written.replaceAll('/verbs/', '\\/verbs\\u002f'),
      written.replace('voided', 'v\\u006fided'),
    ]) {
      const answer = await post(body)
      t.equal(answer.statusCode, 403)
      t.equal(receiptOf(answer), undefined)
    }
    t.equal((await admin.get(`/api/rejected?source=${credential.source_id}`)).json().total, 0)
  },
)

t.test('a multipart request is kept as it came and replayed with its attachment', async (t) => {
  const { post, find, app: served } = await aSpeaker(app, ground)
  const bytes = Buffer.from([0, 255, 1, 254, 13, 10])
  const sha2 = createHash('sha256').update(bytes).digest('hex')
  const attachment = {
    usageType: 'http://example.org/certificate',
    display: { en: 'certificate' },
    contentType: 'application/octet-stream',
    length: bytes.length,
    sha2,
  }
  const head = [
    '--b0',
    'Content-Type: application/json',
    '',
    JSON.stringify(faulty({ attachments: [attachment] })),
    '--b0',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: binary',
    `X-Experience-API-Hash: ${sha2}`,
    '',
    '',
  ].join('\r\n')
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--b0--\r\n')])
  t.ok(served)
  const refused = await post(body, { 'content-type': 'multipart/mixed; boundary=b0' })
  t.equal(refused.statusCode, 400)

  const answer = await admin.post(`/api/rejected/${receiptOf(refused)}/replay`, plan)

  t.match(answer.json(), { accepted: 1 })
  t.match(await find(), [{ attachments: [{ sha2 }] }])
  t.match(await ground.db('statement_attachment').where({ sha2: Buffer.from(sha2, 'hex') }), { length: 1 })
})

t.test('who may only read sees and previews, and decides nothing', async (t) => {
  const { post } = await aSpeaker(app, ground)
  const id = receiptOf(await post([faulty()]))
  const reader = await anAdministrator(app, ground, { role: 'inspector', scopes: ['read'] })

  t.equal((await reader.get(`/api/rejected/${id}`)).statusCode, 200)
  t.equal((await reader.post(`/api/rejected/${id}/preview`, { mendings: ['trim'] })).statusCode, 200)
  t.match((await reader.post(`/api/rejected/${id}/replay`, plan)).json(), { code: 'scope-missing' })
  t.match((await reader.post(`/api/rejected/${id}/dismiss`, plan)).json(), { code: 'scope-missing' })
  const bulk = { code: 'invalid-mailbox', mendings: ['add-mailto'], apply: true, reason: 'x' }
  t.match((await reader.post('/api/rejected/mend', bulk)).json(), { code: 'scope-missing' })
  t.equal((await app.inject(`/api/rejected/${id}`)).statusCode, 401)
  const { mendings } = (await reader.get('/api/rejected/mendings')).json()
  t.match(mendings[0], { name: 'add-mailto', codes: ['invalid-mailbox'] })
})

t.test('what was kept for the set time is deleted; what it led to stays', async (t) => {
  const { post, credential, find } = await aSpeaker(app, ground)
  const old = receiptOf(await post([faulty()]))
  await admin.post(`/api/rejected/${old}/replay`, plan)
  const days = 86_400_000_000
  const inTime = (n: number) => ({ ...ground, now: () => (ground.now() + n * days) as Instant })

  while ((await deleteExpired(inTime(89))) > 0);
  t.equal((await admin.get(`/api/rejected/${old}`)).statusCode, 200)
  while ((await deadLetterSteps(inTime(91))[0]?.run(new AbortController().signal)) !== 0);

  t.equal((await admin.get(`/api/rejected/${old}`)).statusCode, 404)
  t.equal((await find()).length, 1)
  const { inputs } = (await admin.get(`/api/rejected?source=${credential.source_id}`)).json()
  t.strictSame(inputs, [])
})

t.test('a source keeps so many inputs, and what is decided makes room first', async (t) => {
  const { credential } = await aSpeaker(app, ground)
  const sourceId = credential.source_id
  const rejects = createRejects(ground)
  const input = {
    sourceId,
    status: 400,
    method: 'POST',
    version: '1.0.3' as const,
    via: 'push' as const,
    addressId: null,
    headers: {},
    body: Buffer.from('{}'),
    faults: [],
  }
  const keep = (n: number) => rejects.keep({ ...input, receivedAt: (1_800_000_000_000_000 + n) as Instant })
  const oldest = await keep(0)
  const settled = await keep(1)
  await admin.post(`/api/rejected/${settled}/dismiss`, { reason: 'x' })

  await Promise.all(Array.from({ length: mostOfSource.inputs - 1 }, (_, n) => keep(n + 2)))
  // It happens now and then by itself; here it is made to.
  const first = await makeRoom(ground.db, sourceId)
  const next = await keep(900)
  await makeRoom(ground.db, sourceId)

  t.equal(first.open, 0)
  t.equal((await admin.get(`/api/rejected/${settled}`)).statusCode, 404)
  t.equal((await admin.get(`/api/rejected/${oldest}`)).statusCode, 404)
  t.equal((await admin.get(`/api/rejected/${next}`)).statusCode, 200)
})
