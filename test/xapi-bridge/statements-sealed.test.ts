import { randomUUID } from 'node:crypto'
import t from 'tap'
import { type Source, sourceById } from '../../xapi-bridge/sources/source.ts'
import { flag } from '../../xapi-bridge/statements/flags.ts'
import { statementById } from '../../xapi-bridge/statements/read.ts'
import { isSealedText, statementSeal } from '../../xapi-bridge/statements/sealed.ts'
import { freshGround, testConfig } from '../support/ground.ts'
import { aMultipart, anAttachment } from './attachment-examples.ts'
import { aBridge, aSpeaker, aStatement, aVoid, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)
const source = await aSpeaker(app, ground, { guard: 'seal' })
const { storeId } = (await sourceById(ground.db, source.credential.source_id)) as Source

const number = '990101198001010014'
const named = (changes: Json = {}) => aStatement({ result: { response: `我是 ${number}` }, ...changes })
const kept = async (id: unknown) => {
  const found = await statementById(ground.db, storeId, String(id))
  if (!found) throw new Error('not stored')
  return found
}

t.test(
  'a statement that holds an identity number is stored sealed and opens with the key alone',
  async (t) => {
    const statement = named()

    const answer = await source.post(statement)

    t.equal(answer.statusCode, 200, answer.body)
    const { raw, flags } = await kept(statement.id)
    t.ok(flags & flag.sealed)
    t.ok(isSealedText(raw.toString()))
    t.notOk(raw.includes(number))
    const seal = statementSeal(ground.config, storeId)
    t.strictSame(JSON.parse(seal.open(raw.toString(), statement.id) ?? ''), statement)
    t.equal(seal.open(raw.toString(), randomUUID()), null, 'as another statement')
    const otherKey = testConfig(ground.config.databaseUrl, {
      IDENTITY_KEY: 'another-identity-key-0123456789-abcdefgh',
    })
    t.equal(statementSeal(otherKey, storeId).open(raw.toString(), statement.id), null, 'with another key')
  },
)

t.test('nobody reads it: not by id, not by any filter, not as a page', async (t) => {
  const registration = randomUUID()
  const statement = named({ context: { registration } })
  const open = aStatement({ context: { registration }, actor: statement.actor })
  await source.post([statement, open])

  t.equal((await source.get({ statementId: statement.id })).statusCode, 404)
  t.equal((await source.get({ voidedStatementId: statement.id })).statusCode, 404)
  for (const query of [{}, { registration }, { agent: JSON.stringify(statement.actor) }] as Record<
    string,
    string
  >[])
    t.notOk((await source.find(query)).some(({ id }) => id === statement.id))
  t.equal((await source.find({ registration })).length, 1)
})

t.test('it names no activity', async (t) => {
  const id = `https://example.com/${randomUUID()}`
  await source.post(named({ object: { id, definition: { name: { en: number } } } }))
  const open = aStatement({ object: { id } })
  await source.post(open)

  const shown = (await source.get({ statementId: open.id, format: 'canonical' })).json()
  t.notOk(shown.object.definition)
})

t.test(
  'sent again it is known, also with differences that mean nothing; other content is a conflict',
  async (t) => {
    const statement = named()
    await source.post(statement)

    t.equal((await source.post(statement)).statusCode, 200)
    t.equal((await source.post({ ...statement, version: '1.0.0' })).statusCode, 200)
    t.equal((await source.post({ ...statement, verb: { id: 'https://example.com/v' } })).statusCode, 409)
    const { result: _, ...clean } = statement
    t.equal((await source.post({ ...clean, result: { response: 'x' } })).statusCode, 409)
    t.equal((await source.find()).filter(({ id }) => id === statement.id).length, 0)
  },
)

t.test('what it voids stays voided, and chains through it end', async (t) => {
  const target = aStatement()
  const verb = `https://example.com/${randomUUID()}`
  const sealedLink = named({
    object: { objectType: 'StatementRef', id: target.id },
    result: { response: number },
  })
  const referring = aStatement({
    verb: { id: verb },
    object: { objectType: 'StatementRef', id: sealedLink.id },
  })
  await source.post([target, sealedLink, referring])
  t.equal((await source.find({ agent: JSON.stringify(target.actor) })).length, 1)

  await source.post(
    aVoid(target.id, { context: { platform: number }, actor: { mbox: 'mailto:a@example.com' } }),
  )
  await source.post(aVoid(target.id, { result: { response: number } }))

  t.equal((await source.get({ statementId: target.id })).statusCode, 404)
  t.equal((await source.find({ verb })).length, 1)
})

t.test('bytes cannot be sealed, so with attachments it is refused', async (t) => {
  const { declared, part } = anAttachment('x')
  const statement = named({ attachments: [declared] })
  const { body, type } = aMultipart(statement, [part])

  const answer = await source.post(body, { 'content-type': type })

  t.match(answer.json(), { errors: [{ pointer: '/result/response', code: 'pii-in-statement' }] })
  t.notMatch(answer.body, number)
})

const places: [string, Json][] = [
  ['the actor', { actor: { account: { homePage: 'https://example.com', name: number } } }],
  ['an extension', { result: { extensions: { 'https://example.com/x': { deep: [number] } } } }],
  ['the name of an extension', { context: { extensions: { [`https://example.com/${number}`]: 1 } } }],
  ['the response, in digits of full width', { result: { response: '９９０１０１１９８００１０１００１４' } }],
  ['the response, as it is escaped', { result: { response: `\\u0039${number.slice(1)}` } }],
  ['the id of an activity', { object: { id: `https://example.com/u/${number}?x=1` } }],
  [
    'a member of a group',
    { actor: { objectType: 'Group', member: [{ mbox: `mailto:${number}@example.com` }] } },
  ],
]

for (const [place, changes] of places) {
  t.test(`the guard looks at ${place}`, async (t) => {
    const strict = await aSpeaker(app, ground)
    const text = JSON.stringify(aStatement(changes)).replace('\\\\u', '\\u')

    const answer = await strict.post(text)

    t.match(answer.json(), { errors: [{ code: 'pii-in-statement' }] })
    t.notMatch(answer.body, number)
  })
}

t.test('no fault names a property by an identity number in its name', async (t) => {
  const strict = await aSpeaker(app, ground)
  const name = `https://example.com/${number}`
  const texts = [
    JSON.stringify(aStatement({ result: { [name]: 1 } })),
    JSON.stringify(aStatement({ context: { extensions: { [name]: 1 } } })).replace(
      '{"https',
      `{"${name}":2,"https`,
    ),
    JSON.stringify(aStatement({ context: { extensions: { [`/${number}`]: 1 } } })),
  ]

  for (const text of texts) {
    const answer = await strict.post(text)
    t.equal(answer.statusCode, 400)
    t.notMatch(answer.body, number)
  }
})

t.test('without the scope define a statement does not change what an activity is called', async (t) => {
  const other = await aSpeaker(app, ground)
  await ground
    .db('credential')
    .where({ access_key: other.credential.key })
    .update({ scopes: 'statements/write statements/read' })
  const id = `https://example.com/${randomUUID()}`
  const statement = aStatement({ object: { id, definition: { name: { en: 'mine' } } } })
  await other.post(statement)
  const bare = aStatement({ object: { id } })
  await other.post(bare)

  t.strictSame((await other.get({ statementId: statement.id })).json().object.definition, {
    name: { en: 'mine' },
  })
  t.notOk((await other.get({ statementId: bare.id, format: 'canonical' })).json().object.definition)
})
