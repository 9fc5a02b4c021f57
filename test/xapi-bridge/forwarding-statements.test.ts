import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import { replayDeliveries } from '../../xapi-bridge/forwarding/log.ts'
import {
  changeDestination,
  pauseDestination,
  removeDestination,
  resumeDestination,
} from '../../xapi-bridge/forwarding/manage.ts'
import { redactedText } from '../../xapi-bridge/forwarding/redact.ts'
import { aReceiver, forwardingScene } from './forwarding-scene.ts'
import { aSpeaker, aStatement, aVoid, type Json, type Speaker, withoutId } from './statement-examples.ts'

t.setTimeout(300_000)

const scene = await forwardingScene(t)
const { ground } = scene

async function aWay(wish: Json = {}, speaker?: Speaker) {
  const receiver = await aReceiver(t)
  const who = speaker ?? (await scene.speaker())
  const { filter = {}, ...rest } = wish as { filter?: Json }
  const { id } = await scene.destination({
    kind: 'lrs',
    url: receiver.url,
    filter: { sources: [who.credential.source_id], ...filter },
    ...rest,
  })
  return { receiver, speaker: who, id }
}

const verb = (name: string) => ({ id: `http://adlnet.gov/expapi/verbs/${name}` })

t.test(
  'a statement arrives as it was said, with the id and time we gave, and without our authority',
  async (t) => {
    const { receiver, speaker, id } = await aWay()
    const { timestamp: _, ...said } = withoutId(aStatement({ result: { score: { raw: 0.1 } } }))
    const text = JSON.stringify(said).replace('0.1', '1.000000000000000000001')
    const [given] = (await speaker.post(text)).json()

    await scene.forward(id)

    const [got] = receiver.got
    t.match(got?.body, '1.000000000000000000001', 'numbers keep every digit')
    const [one] = got?.statements ?? []
    t.equal(one.id, given)
    t.ok(one.timestamp)
    t.strictSame(
      ['authority', 'stored', 'version'].filter((name) => name in one),
      [],
    )
    t.strictSame(one.actor, said.actor)
  },
)

const course = 'https://xueshi.example/xapi/activities/offering/KC-2026-001'
const profile = 'https://w3id.org/xapi/cmi5/context/categories/moveon'
for (const [name, filter, fits, differs] of [
  ['verb', { verbs: [verb('passed').id] }, { verb: verb('passed') }, { verb: verb('failed') }],
  [
    'activity',
    { activities: ['https://a.example/1'] },
    { object: { id: 'https://a.example/1' } },
    { object: { id: 'https://a.example/2' } },
  ],
  [
    'activity in the context',
    { activities: [course] },
    { object: { id: 'https://a.example/1' }, context: { contextActivities: { parent: [{ id: course }] } } },
    { object: { id: 'https://a.example/1' } },
  ],
  [
    'type of an activity',
    { object_types: ['http://adlnet.gov/expapi/activities/course'] },
    {},
    { object: { id: 'https://a.example/1' } },
  ],
  [
    'type of object',
    { object_types: ['Agent'] },
    { object: { objectType: 'Agent', mbox: 'mailto:a@b.example' } },
    {},
  ],
  [
    'profile',
    { categories: [profile] },
    { context: { contextActivities: { category: [{ id: profile }] } } },
    { context: { contextActivities: { grouping: [{ id: profile }] } } },
  ],
] as [string, Json, Json, Json][]) {
  t.test(`filter by ${name}`, async (t) => {
    const { receiver, speaker, id } = await aWay({ filter })
    const wanted = aStatement(fits)
    await speaker.post([aStatement(differs), wanted, aStatement(differs)])
    await scene.forward(id)
    t.strictSame(receiver.taken, [wanted.id])
  })
}

t.test('filter by source, and never back to where it came from', async (t) => {
  const theirs = await scene.speaker()
  const others = await scene.speaker()
  const sources = [theirs, others].map(({ credential }) => credential.source_id)
  const { receiver, id } = await aWay({ source_id: theirs.credential.source_id, filter: { sources } })
  const ours = aStatement()
  await theirs.post(aStatement())
  await others.post(ours)
  await (await scene.speaker()).post(aStatement())
  await scene.forward(id)
  t.strictSame(receiver.taken, [ours.id])
})

t.test('voids go after what they void, whatever the filter says of verbs; others do not', async (t) => {
  const { receiver, speaker, id } = await aWay({ filter: { verbs: [verb('passed').id] } })
  const [passed, failed, late] = [
    aStatement({ verb: verb('passed') }),
    aStatement({ verb: verb('failed') }),
    aStatement({ verb: verb('passed') }),
  ]
  const [first, second, early] = [aVoid(passed.id), aVoid(failed.id), aVoid(late.id)]
  for (const one of [passed, failed, first, second, early]) await speaker.post(one)
  await scene.forward(id)
  t.strictSame(receiver.taken, [passed.id, first.id])

  await speaker.post(late)
  await scene.forward(id)
  t.strictSame([...receiver.taken.slice(2)].sort(), [late.id, early.id].sort())
})

t.test('what holds an identity number never leaves', async (t) => {
  const speaker = await aSpeaker(scene.app, ground, {})
  const { receiver, id } = await aWay({}, speaker)
  const [open, sealed] = [aStatement(), aStatement()]
  await speaker.post([open, sealed])
  // As the guard leaves it: the flag is set, and the text is no JSON any more.
  const row = await ground.db('statement').orderBy('seq', 'desc').first()
  await ground.db('statement').insert({
    ...row,
    seq: Number(row.seq) + 1,
    statement_id: Buffer.alloc(16, 7),
    flags: Number(row.flags) | 128,
    raw: Buffer.from('sealed AAAA'),
  })
  await ground.db('statement_sequence').increment('next_seq', 1)

  await scene.forward(id)

  t.strictSame(receiver.taken, [open.id, sealed.id])
  t.equal((await scene.log(id)).length, 2, 'it is not even entered')
  t.notMatch(JSON.stringify(receiver.got.map(({ body }) => body)), 'sealed AAAA')
})

const everywhere = (name: string): Json => {
  const person = (n: string) => ({
    name: `张${n}`,
    account: { homePage: 'https://moodle.example', name: `${name}-${n}` },
  })
  return aStatement({
    actor: { objectType: 'Group', name: '一组', member: [person('a'), person('b')] },
    context: {
      instructor: person('c'),
      team: { objectType: 'Group', ...person('d'), member: [person('a')] },
    },
    object: {
      objectType: 'SubStatement',
      actor: person('a'),
      verb: verb('passed'),
      object: { objectType: 'Agent', ...person('e') },
    },
  })
}

t.test('redaction: names are dropped wherever people stand, names of things stay', async (t) => {
  const { receiver, speaker, id } = await aWay({ redaction: { names: 'drop' } })
  const posted = await speaker.post([everywhere('x'), aStatement()])
  t.equal(posted.statusCode, 200, posted.body)
  await scene.forward(id)
  const body = receiver.got.map((one) => one.body).join()
  t.notMatch(body, /张|一组/)
  t.match(body, 'x-a')
  t.match(body, '课堂观察与改进')
})

t.test(
  'redaction: neither a signature, which holds it all once more, nor bytes of files are named',
  async (t) => {
    const files = ['http://adlnet.gov/expapi/attachments/signature', 'https://a.example/usage'].flatMap(
      (usageType) => [{ usageType, fileUrl: `https://files.example/${usageType.length}` }, { usageType }],
    )
    const text = JSON.stringify({ actor: { name: '张', mbox: 'mailto:a@b.example' }, attachments: files })
    const redaction = { names: 'drop', actors: 'keep' } as const
    t.strictSame(JSON.parse(redactedText(text, redaction, () => null)), {
      actor: { mbox: 'mailto:a@b.example' },
      attachments: [files[2]],
    })
  },
)

t.test('redaction: a person as object is one however the word is written', async (t) => {
  const person = '{"objectType":"\\u0041gent","name":"张","mbox":"mailto:a@b.example"}'
  const text = `{"actor":${person},"object":${person}}`
  const made = redactedText(text, { names: 'drop', actors: 'pseudonym' }, () => ({
    homePage: 'https://x.example',
    name: 'p',
  }))
  t.notMatch(made, /张|mailto/)
})

t.test(
  'redaction: people are keyed pseudonyms, the same at one destination and others at the next',
  async (t) => {
    const speaker = await scene.speaker()
    const redaction = { actors: 'pseudonym' }
    const here = await aWay({ redaction }, speaker)
    const there = await aWay({ redaction }, speaker)
    await speaker.post([everywhere('y'), everywhere('y')])
    await scene.forward(here.id)
    await scene.forward(there.id)

    const [one, two] = here.receiver.got[0]?.statements ?? []
    const [other] = there.receiver.got[0]?.statements ?? []
    t.notMatch(JSON.stringify(one), /张|一组|moodle\.example|y-a/)
    const pseudonym = one.object.actor.account
    t.match(pseudonym, { homePage: /^https:\/\/xueshi\.example\/xapi\/pseudonyms\//, name: /^[0-9a-f]{64}$/ })
    t.strictSame(one.actor.member[0].account, pseudonym)
    t.strictSame(one.context.team.member[0].account, pseudonym)
    t.strictSame(two.object.actor.account, pseudonym)
    t.not(one.actor.member[1].account.name, pseudonym.name)
    t.not(other.object.actor.account.name, pseudonym.name)
  },
)

t.test('a receiver of 1.0.3 is spared what only 2.0.0 can say; one of 2.0.0 gets it', async (t) => {
  const speaker = await scene.speaker()
  const old = await aWay({ version: '1.0.3' }, speaker)
  const current = await aWay({ version: '2.0.0' }, speaker)
  const headers = { 'x-experience-api-version': '2.0.0' }
  const plain = aStatement({ timestamp: '2026-03-02 10:15:30.000Z' })
  const newer = aStatement({
    context: {
      contextAgents: [
        {
          objectType: 'contextAgent',
          agent: { mbox: 'mailto:a@b.example' },
          relevantTypes: ['https://a.example/type'],
        },
      ],
    },
  })
  t.equal((await speaker.post([plain, newer], headers)).statusCode, 200)

  await scene.forward(old.id)
  await scene.forward(current.id)

  t.strictSame(old.receiver.taken, [plain.id])
  t.equal(old.receiver.got[0]?.statements[0].timestamp, '2026-03-02T10:15:30.000Z')
  t.match(
    (await scene.log(old.id)).filter(({ state }) => state === 'dead'),
    [{ code: 'VERSION_UNSUITED' }],
  )
  t.strictSame(current.receiver.taken, [plain.id, newer.id])
  t.equal(current.receiver.got[0]?.headers['x-experience-api-version'], '2.0.0')
})

t.test('bytes of attachments go with their statement, and not at all once it is redacted', async (t) => {
  const speaker = await scene.speaker()
  const plain = await aWay({}, speaker)
  const redacted = await aWay({ redaction: { names: 'drop' } }, speaker)
  const sha2 = createHash('sha256').update('the bytes').digest('hex')
  const statement = aStatement({
    attachments: [
      {
        usageType: 'https://a.example/usage',
        display: { en: 'a file' },
        contentType: 'text/plain',
        length: 9,
        sha2,
      },
    ],
  })
  const parts = [
    '--b\r\nContent-Type: application/json\r\n\r\n',
    JSON.stringify(statement),
    `\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: ${sha2}\r\n\r\n`,
    'the bytes\r\n--b--\r\n',
  ]
  const posted = await speaker.post(Buffer.from(parts.join('')), {
    'content-type': 'multipart/mixed; boundary=b',
  })
  t.equal(posted.statusCode, 200, posted.body)
  await speaker.post(aStatement())

  await scene.forward(plain.id)
  await scene.forward(redacted.id)

  const [first, second] = plain.receiver.got
  t.match(first?.headers['content-type'], /^multipart\/mixed; boundary=/)
  t.match(first?.body, 'the bytes')
  t.match(first?.body, `X-Experience-API-Hash: ${sha2}`)
  t.match(second?.headers['content-type'], /^application\/json/)
  t.notMatch(redacted.receiver.got.map(({ body }) => body).join(), sha2)
  t.equal(redacted.receiver.taken.length, 2)
})

t.test('from now by default, from the start where that is asked', async (t) => {
  const speaker = await scene.speaker()
  const early = aStatement()
  await speaker.post(early)
  const fromNow = await aWay({}, speaker)
  const fromStart = await aWay({ from: 'start' }, speaker)
  await scene.forward(fromNow.id)
  await scene.forward(fromStart.id)
  t.strictSame(fromNow.receiver.taken, [])
  t.strictSame(fromStart.receiver.taken, [early.id])
})

t.test('paused it sends nothing and loses nothing; removed it is gone', async (t) => {
  const { receiver, speaker, id } = await aWay()
  await pauseDestination(ground, id, 'os:test')
  const one = aStatement()
  await speaker.post(one)
  await scene.forward(id)
  t.strictSame(receiver.taken, [])
  t.match(await scene.read(id), { state: 'paused', pauseCode: 'by_hand' })
  await resumeDestination(ground, id, 'os:test')
  await scene.forward(id)
  t.strictSame(receiver.taken, [one.id])
  await removeDestination(ground, id, 'os:test')
  await speaker.post(aStatement())
  t.equal(await scene.forward(id), 0)
  t.strictSame(receiver.taken, [one.id])
})

t.test('replay in bulk: dead ones go again, the same bytes under the same ids', async (t) => {
  const { receiver, speaker, id } = await aWay()
  receiver.answer = () => ({ status: 400 })
  const statements = [aStatement(), aStatement(), aStatement()]
  await speaker.post(statements)
  await scene.forward(id)
  receiver.answer = () => ({ status: 200 })
  await scene.forward(id)
  t.strictSame(receiver.taken, [], 'dead stays dead')

  t.equal(await replayDeliveries(ground, id, { state: 'dead', code: 'CONFLICT' }, 'os:test'), 0)
  t.equal(await replayDeliveries(ground, id, { state: 'dead', code: 'REFUSED' }, 'os:test'), 3)
  await scene.forward(id)

  t.strictSame(
    receiver.taken,
    statements.map((one) => one.id),
  )
  t.equal(receiver.got.at(-1)?.body, receiver.got[0]?.body)
  t.equal(await replayDeliveries(ground, id, { state: 'delivered' }, 'os:test'), 3)
})

t.test('OAuth: a token is fetched once, kept, and fetched anew when the receiver ends it', async (t) => {
  const receiver = await aReceiver(t)
  const speaker = await scene.speaker()
  let good = 'token-1'
  receiver.answer = ({ path, headers, body }) => {
    if (path !== '/token') return { status: headers.authorization === `Bearer ${good}` ? 200 : 401 }
    const known = headers.authorization === `Basic ${Buffer.from('bridge:top%20secret').toString('base64')}`
    const asked = new URLSearchParams(body)
    if (!known || asked.get('grant_type') !== 'client_credentials' || asked.get('scope') !== 'all')
      return { status: 400 }
    return {
      status: 200,
      body: JSON.stringify({ access_token: good, token_type: 'Bearer', expires_in: 3600 }),
    }
  }
  const { id } = await scene.destination({
    kind: 'lrs',
    url: `${receiver.url}/xapi`,
    filter: { sources: [speaker.credential.source_id] },
    credential: {
      kind: 'oauth',
      token_url: `${receiver.url}/token`,
      client_id: 'bridge',
      client_secret: 'top secret',
      scope: 'all',
    },
  })
  const [one, two, three] = [aStatement(), aStatement(), aStatement()]
  for (const each of [one, two]) {
    await speaker.post(each)
    await scene.forward(id)
  }
  t.equal(receiver.got.filter(({ path }) => path === '/token').length, 1)
  good = 'token-2'
  await speaker.post(three)
  await scene.forward(id)
  t.strictSame(receiver.taken, [one.id, two.id, three.id])
  t.equal((await scene.read(id)).state, 'active')

  await changeDestination(ground, id, { credential: { kind: 'basic', key: 'k', secret: 's' } }, 'os:test')
  await speaker.post(aStatement())
  await scene.forward(id)
  t.match(await scene.read(id), { state: 'paused', pauseCode: 'UNAUTHENTICATED' })
})

t.test('credentials are sealed at rest, and bound to their destination', async (t) => {
  const secret = `s-${randomUUID()}`
  const credential = { kind: 'basic', key: 'k', secret }
  const url = 'https://lrs.example/xapi'
  const [a, b] = [
    await scene.destination({ kind: 'lrs', url, credential }),
    await scene.destination({ kind: 'lrs', url, credential }),
  ]
  const rows = await ground.db('destination').select()
  t.notMatch(rows.map((row) => String(row.credential)).join(), secret)
  const [sealed] = rows.filter(({ name }) => name === undefined || name)
  t.ok(sealed)
  // Moved to another row it does not open, so that destination waits for a person.
  const receiver = await aReceiver(t)
  const other = (await scene.read(b.id)).sealedCredential
  await ground
    .db('destination')
    .where({ name: (await scene.read(a.id)).name })
    .update({ credential: other, url: receiver.url })
  await (await scene.speaker()).post(aStatement())
  await scene.forward(a.id)
  t.match(await scene.read(a.id), { state: 'paused', pauseCode: 'CREDENTIAL_UNREADABLE' })
  t.equal(receiver.got.length, 0)
})

t.test('credentials do not follow to another host', async (t) => {
  const { id } = await scene.destination({
    kind: 'lrs',
    url: 'https://lrs.example/xapi',
    credential: { kind: 'basic', key: 'k', secret: 's' },
  })
  await t.rejects(changeDestination(ground, id, { url: 'https://other.example/xapi' }, 'os:test'), {
    code: 'destination-invalid',
  })
  await changeDestination(ground, id, { url: 'https://lrs.example/other' }, 'os:test')
  t.equal((await scene.read(id)).url, 'https://lrs.example/other')
})
