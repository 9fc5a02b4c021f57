import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import { requireSource } from '../../xapi-bridge/sources/credential.ts'
import { activityKeyOf } from '../../xapi-bridge/statements/insert.ts'
import { mostReadBytes } from '../../xapi-bridge/statements/read.ts'
import { freshGround } from '../support/ground.ts'
import { aMultipart, anAttachment } from './attachment-examples.ts'
import { aBridge, aSpeaker, aStatement, aVoid, type Json, type Speaker } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)
const mebibyte = 1024 * 1024

/** What the database answered while something was done: how many answers, and the largest in rows and in bytes. */
async function answersWhile(act: () => Promise<unknown>) {
  const seen = { count: 0, rows: 0, bytes: 0 }
  const note = (response: unknown) => {
    // An answer to a text of its own is rows and columns, or nothing.
    const all: unknown[] = Array.isArray(response) ? response : []
    const rows = all.filter((row) => typeof row === 'object' && row !== null)
    const bytes = rows.flatMap((row) => Object.values(row as object)).filter(Buffer.isBuffer)
    seen.count++
    seen.rows = Math.max(seen.rows, rows.length)
    seen.bytes = Math.max(
      seen.bytes,
      bytes.reduce((sum, { length }) => sum + length, 0),
    )
  }
  ground.db.on('query-response', note)
  try {
    await act()
  } finally {
    ground.db.removeListener('query-response', note)
  }
  return seen
}

/** Further definitions of the activity that a statement defined, as a source would send them one after the other. */
async function redefine(
  { credential }: Speaker,
  id: string,
  count: number,
  textOf: (n: number) => string,
): Promise<void> {
  const { storeId } = await requireSource(ground.db, credential.source_id)
  const first = await ground
    .db('activity_definition')
    .where({ activity_key: activityKeyOf(storeId, id) })
    .first()
  for (let n = 1; n <= count; n++) {
    const definition = Buffer.from(textOf(n))
    const definition_key = createHash('sha256').update(definition).digest().subarray(0, 16)
    const first_seq = Number(first.first_seq) + n
    await ground.db('activity_definition').insert({ ...first, definition_key, first_seq, definition })
  }
}

const named = (id: string, name: Json) => aStatement({ object: { id, definition: { name } } })
const activityOf = async (speaker: Speaker, activityId: string) => {
  const { key, secret } = speaker.credential
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
  const headers = { authorization, 'x-experience-api-version': '1.0.3' }
  return (await app.inject({ url: '/xapi/activities', query: { activityId }, headers })).json()
}

t.test(
  'an activity that is defined anew again and again is answered by its newest definitions',
  async (t) => {
    const speaker = await aSpeaker(app, ground)
    const id = `https://example.com/${randomUUID()}`
    await speaker.post(named(id, { en: 'first', fr: 'premier' }))
    const filler = 'x'.repeat(mebibyte / 4)
    const textOf = (n: number) =>
      JSON.stringify({ name: { en: `name ${n}` }, extensions: { 'https://example.com/x': filler } })
    await redefine(speaker, id, 40, textOf)

    let shown: Json = {}
    const seen = await answersWhile(async () => {
      shown = await activityOf(speaker, id)
    })

    t.match(shown, { definition: { name: { en: 'name 40' } } })
    t.ok(seen.bytes < 9 * mebibyte, `${seen.bytes} bytes at once`)
  },
)

t.test('definitions that are merged keep what later ones do not say', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const id = `https://example.com/${randomUUID()}`
  await speaker.post(named(id, { en: 'one', de: 'eins' }))
  await speaker.post(named(id, { en: 'two' }))
  await speaker.post(
    aStatement({
      object: { id, definition: { description: { en: 'what' }, moreInfo: 'https://a.example' } },
    }),
  )

  t.strictSame((await activityOf(speaker, id)).definition, {
    name: { en: 'two', de: 'eins' },
    description: { en: 'what' },
    moreInfo: 'https://a.example',
  })
})

t.test('a flush asks for the definitions that it brings, not for all there are', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const id = `https://example.com/${randomUUID()}`
  await speaker.post(named(id, { en: 'first' }))
  await redefine(speaker, id, 300, (n) => JSON.stringify({ name: { en: `name ${n}` } }))

  const seen = await answersWhile(() => speaker.post(named(id, { en: 'another' })))

  t.ok(seen.rows < 50, `${seen.rows} rows at once`)
})

t.test('a definition longer than any is stays in its statement', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const id = `https://example.com/${randomUUID()}`
  const long = named(id, { en: 'x'.repeat(300_000) })
  t.equal((await speaker.post(long)).statusCode, 200)

  t.notOk((await activityOf(speaker, id)).definition)
  t.equal((await speaker.get({ statementId: long.id })).json().object.definition.name.en.length, 300_000)
})

t.test('statements that refer to large ones are stored and found within a memory', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const large = Array.from({ length: 4 }, () =>
    aStatement({ context: { extensions: { 'https://example.com/x': 'y'.repeat(4.5 * mebibyte) } } }),
  )
  for (const one of large) t.equal((await speaker.post(one)).statusCode, 200)
  const verb = `https://example.com/${randomUUID()}`
  const about = large.map(({ id }) => aVoid(id, { verb: { id: verb } }))

  const stored = await answersWhile(() => speaker.post(about))
  const first = large[0] as Json
  const query = { agent: JSON.stringify(first.actor), activity: (first.object as Json).id as string }
  let found: Json[] = []
  const read = await answersWhile(async () => {
    found = await speaker.find(query)
  })

  t.ok(stored.bytes <= mostReadBytes, `${stored.bytes} bytes at once`)
  t.ok(read.bytes <= mostReadBytes, `${read.bytes} bytes at once`)
  t.strictSame(found.map(({ id }) => id).sort(), [first.id, about[0]?.id].sort())
})

t.test('whoever is awaited by very many does not hold up the others with a question for each', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const awaited = aStatement()
  const about = Array.from({ length: 600 }, () =>
    aStatement({ object: { objectType: 'StatementRef', id: awaited.id } }),
  )
  t.equal((await speaker.post(about)).statusCode, 200)

  const seen = await answersWhile(async () => t.equal((await speaker.post(awaited)).statusCode, 200))

  t.ok(seen.count < 100, `${seen.count} questions`)
  const query = { agent: JSON.stringify(awaited.actor), limit: '500' }
  t.equal((await speaker.find(query)).length, 500)
})

t.test('a statement with more attachments than can be counted is refused, on every engine', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const { declared, part } = anAttachment('shared')
  const brief = { usageType: 'a:b', display: {}, contentType: 'a/b', length: 6, sha2: declared.sha2 }
  const withMany = (count: number) =>
    aMultipart(aStatement({ attachments: Array.from({ length: count }, () => brief) }), [part])

  const [some, many] = [withMany(10_000), withMany(33_000)]

  t.equal((await speaker.post(some.body, { 'content-type': some.type })).statusCode, 200)
  const refused = await speaker.post(many.body, { 'content-type': many.type })
  t.equal(refused.statusCode, 400)
  t.match(refused.json().errors, [{ index: 0, pointer: '/attachments', code: 'too-many-attachments' }])
})

t.test(
  'an activity that one statement names thousands of times is described as often as there is room',
  async (t) => {
    const speaker = await aSpeaker(app, ground)
    const id = `https://example.com/${randomUUID()}`
    await speaker.post(named(id, { en: 'x'.repeat(200_000) }))
    const naming = aStatement({
      context: { contextActivities: { other: Array.from({ length: 2000 }, () => ({ id })) } },
    })
    t.equal((await speaker.post(naming)).statusCode, 200)

    const answer = await speaker.get({ statementId: naming.id, format: 'canonical' })

    t.equal(answer.statusCode, 200)
    t.ok(answer.body.length < 20 * mebibyte, `${answer.body.length} characters`)
    const { other } = answer.json().context.contextActivities
    t.equal(other.length, 2000)
    t.match(other[0], { id, definition: { name: { en: /^x+$/ } } })
    t.strictSame(other.at(-1), { id })
  },
)
