import { randomUUID } from 'node:crypto'
import t from 'tap'
import { statementsAfter } from '../../xapi-bridge/statements/read.ts'
import { freshGround } from '../support/ground.ts'
import { aFreshSpeaker, aSpeaker, aStatement, aVoid, type Json, withoutId } from './statement-examples.ts'

const ground = await freshGround(t)
const source = await aFreshSpeaker(t, ground)
const { post, put, get, find } = source

t.test('POST answers the ids in order and keeps the bytes as they came', async (t) => {
  const sent = [aStatement(), aStatement()]
  const body = `[ ${JSON.stringify(sent[0])} ,\n ${JSON.stringify(sent[1])}]`

  const answer = await post(body)

  t.equal(answer.statusCode, 200, answer.body)
  t.strictSame(
    answer.json(),
    sent.map(({ id }) => id),
  )
  t.match(answer.headers['x-xueshi-receipt'], /^[0-9a-f-]{36}$/)
  const kept = (await statementsAfter(ground.db, { seq: 0, limit: 10 })).slice(-2)
  t.strictSame(
    kept.map(({ raw }) => raw.toString()),
    sent.map((one) => JSON.stringify(one)),
  )
})

t.test('a statement without id and timestamp gets both, and both are answered', async (t) => {
  const { timestamp: _, ...rest } = withoutId(aStatement())

  const [id] = (await post(rest)).json()
  const shown = (await get({ statementId: id })).json()

  t.equal(shown.id, id)
  t.equal(shown.timestamp, shown.stored)
  t.equal(shown.version, '1.0.0')
  t.equal(shown.authority.account.name, source.credential.source_id)
})

t.test('PUT stores one statement under the id of the address', async (t) => {
  const id = randomUUID()

  t.equal((await put(id, withoutId(aStatement()))).statusCode, 204)
  t.equal((await get({ statementId: id })).json().id, id)
  t.equal((await put(randomUUID(), aStatement())).statusCode, 400, 'another id in the statement')
})

t.test('an empty batch is answered with an empty list', async (t) => {
  const answer = await post([])

  t.equal(answer.statusCode, 200)
  t.strictSame(answer.json(), [])
})

t.test(
  'what a client sent as stored and authority is replaced, and a single contextActivity becomes a list',
  async (t) => {
    const sent = aStatement({
      stored: '2001-01-01T00:00:00Z',
      authority: { mbox: 'mailto:somebody@example.com' },
      context: { contextActivities: { parent: { id: 'https://example.com/a' } } },
    })

    await post(sent)
    const shown = (await get({ statementId: sent.id })).json()

    t.not(shown.stored, sent.stored)
    t.equal(shown.authority.account.name, source.credential.source_id)
    t.strictSame(shown.context.contextActivities.parent, [{ id: 'https://example.com/a' }])
  },
)

t.test('numbers with many digits and the order of keys come back as they were sent', async (t) => {
  const id = randomUUID()
  const text = JSON.stringify(aStatement({ id })).replace('"raw":86,', '"raw":86.00000000000000000001,')

  await post(text)

  t.match((await get({ statementId: id })).body, /"raw":86\.00000000000000000001,/)
})

t.test('a voided statement is hidden, and voidedStatementId finds it', async (t) => {
  const target = aStatement()
  const voiding = aVoid(target.id)
  await post(target)

  t.equal((await post(voiding)).statusCode, 200)

  t.equal((await get({ statementId: target.id })).statusCode, 404)
  t.equal((await get({ voidedStatementId: target.id })).json().id, target.id)
  t.equal((await get({ statementId: voiding.id })).statusCode, 200)
})

t.test('a void that comes before its target hides it the moment it is stored', async (t) => {
  const target = aStatement()
  await post(aVoid(target.id))

  await post(target)

  t.equal((await get({ statementId: target.id })).statusCode, 404)
  t.equal((await get({ voidedStatementId: target.id })).statusCode, 200)
})

t.test('a voiding statement cannot be voided, in either order', async (t) => {
  const first = aVoid(randomUUID())
  const second = aVoid(randomUUID())
  await post(first)
  await post(aVoid(first.id))
  await post(aVoid(second.id))
  await post(second)

  t.equal((await get({ statementId: first.id })).statusCode, 200)
  t.equal((await get({ statementId: second.id })).statusCode, 200)
})

t.test('statements are found by agent, verb, activity and registration', async (t) => {
  const registration = randomUUID()
  const activity = `https://example.com/activity/${randomUUID()}`
  const sent = aStatement({ object: { id: activity }, context: { registration } })
  await post([sent, aStatement()])
  const agent = JSON.stringify(sent.actor)
  const verb = (sent.verb as { id: string }).id

  for (const query of [
    { agent },
    { activity },
    { registration },
    { agent, verb },
    { verb, activity },
    { agent, activity, registration, verb },
  ] as Record<string, string>[])
    t.strictSame(ids(await find(query)), [sent.id], Object.keys(query).join(' and '))
  t.strictSame(await find({ agent, verb: 'http://example.com/other' }), [])
})

t.test('related agents and activities are found only when asked for', async (t) => {
  const parent = `https://example.com/activity/${randomUUID()}`
  const instructor = { mbox: `mailto:${randomUUID()}@example.com` }
  const sent = aStatement({ context: { instructor, contextActivities: { parent: [{ id: parent }] } } })
  await post(sent)

  t.strictSame(await find({ activity: parent }), [])
  t.strictSame(ids(await find({ activity: parent, related_activities: 'true' })), [sent.id])
  t.strictSame(await find({ agent: JSON.stringify(instructor) }), [])
  t.strictSame(ids(await find({ agent: JSON.stringify(instructor), related_agents: 'true' })), [sent.id])
})

t.test('a statement that refers to another is found by what finds that one, in either order', async (t) => {
  const target = aStatement()
  const early = aVoidless(target.id)
  const late = aVoidless(early.id)
  await post(early)
  await post(target)
  await post(late)

  const found = ids(await find({ agent: JSON.stringify(target.actor) }))

  t.strictSame(found.sort(), [target.id, early.id, late.id].sort())
})

t.test('pages follow each other without repeating or skipping', async (t) => {
  const registration = randomUUID()
  const sent = Array.from({ length: 25 }, () => aStatement({ context: { registration } }))
  await post(sent)

  for (const ascending of ['false', 'true']) {
    const seen: string[] = []
    let answer = (await get({ registration, limit: '10', ascending })).json()
    seen.push(...ids(answer.statements))
    while (answer.more !== '') {
      const more = await get(Object.fromEntries(new URL(answer.more, 'http://x').searchParams))
      answer = more.json()
      seen.push(...ids(answer.statements))
    }
    const expected = sent.map(({ id }) => id)
    t.strictSame(seen, ascending === 'true' ? expected : expected.reverse())
  }
})

t.test('a more link of one store is refused in another', async (t) => {
  await post([aStatement(), aStatement()])
  const { more } = (await get({ limit: '1' })).json()
  const other = await aSpeaker(source.app, ground)

  t.equal((await other.get(Object.fromEntries(new URL(more, 'http://x').searchParams))).statusCode, 400)
})

t.test('since is exclusive and until inclusive', async (t) => {
  const registration = randomUUID()
  for (let n = 0; n < 3; n++) await post(aStatement({ context: { registration } }))
  const [third, second, first] = (await find({ registration })) as [Json, Json, Json]

  t.strictSame(ids(await find({ registration, since: first.stored as string })), ids([third, second]))
  t.strictSame(ids(await find({ registration, until: second.stored as string })), ids([second, first]))
  t.strictSame(ids(await find({ since: second.stored as string })), ids([third]))
})

t.test('every answer says up to when everything can be seen', async (t) => {
  const sent = aStatement()
  await post(sent)

  const one = await get({ statementId: sent.id })
  const refused = await get({ unknown: '1' })

  const through = one.headers['x-experience-api-consistent-through'] as string
  t.ok(through >= one.json().stored)
  t.ok(Math.abs(Date.now() - Date.parse(through)) < 2000)
  t.match(refused.headers['x-experience-api-consistent-through'], /Z$/)
  t.equal(refused.statusCode, 400)
})

t.test('the format ids keeps identifiers, canonical merges definitions and picks one language', async (t) => {
  const activity = `https://example.com/activity/${randomUUID()}`
  const group = { objectType: 'Group', name: 'x', member: [{ name: 'a', mbox: 'mailto:a@example.com' }] }
  await post(aStatement({ object: { id: activity, definition: { name: { 'zh-CN': '甲' } } } }))
  const sent = aStatement({ actor: group, object: { id: activity, definition: { name: { en: 'A' } } } })
  await post(sent)

  const idsOnly = (await get({ statementId: sent.id, format: 'ids' })).json()
  const canonical = await get({ statementId: sent.id, format: 'canonical' }, { 'accept-language': 'zh-CN' })

  t.strictSame(idsOnly.actor, { objectType: 'Group', member: [{ mbox: 'mailto:a@example.com' }] })
  t.strictSame(idsOnly.object, { id: activity })
  t.strictSame(canonical.json().object.definition, { name: { 'zh-CN': '甲' } })
  t.strictSame(canonical.json().actor, group)
})

function aVoidless(target: string): Json & { id: string } {
  return { ...aVoid(target), verb: { id: 'http://example.com/verbs/commented' } }
}

function ids(statements: Json[]): string[] {
  return statements.map(({ id }) => id as string)
}

t.test(
  'a page of large statements is cut before it fills the memory, and its more leads through all',
  async (t) => {
    const speaker = await aSpeaker(source.app, ground)
    const large = Array.from({ length: 12 }, () =>
      aStatement({ result: { response: 'x'.repeat(3_000_000) } }),
    )
    for (const one of large) t.equal((await speaker.post(one)).statusCode, 200)
    const found: string[] = []
    let params: Record<string, string> = { limit: '0' }
    for (let pages = 0; pages < 20; pages++) {
      const answer = await speaker.get(params)
      t.ok(answer.rawPayload.length < 20_000_000)
      const page = answer.json() as { statements: { id: string }[]; more: string }
      found.push(...page.statements.map(({ id }) => id))
      if (page.more === '') break
      params = Object.fromEntries(new URL(page.more, 'http://x').searchParams)
    }
    t.strictSame(found, large.map(({ id }) => id).reverse())
  },
)
