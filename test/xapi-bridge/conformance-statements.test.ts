import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  aConformanceScene,
  activity,
  agent,
  both,
  said,
  storing,
  verb,
  versions,
} from './conformance-scene.ts'
import type { Json } from './statement-examples.ts'

const scene = await aConformanceScene(t)
const { ask } = scene
const { send, stored, shown, idsFound, voided } = storing(scene)

t.test('XAPI-00139 XAPI-00146 XAPI-00147 POST stores, and answers the ids in order, 200', async (t) => {
  for (const version of versions) {
    const ids = [randomUUID(), randomUUID()]
    const answer = await send(
      ids.map((id) => said({ id })),
      version,
    )
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), ids)
  }
})

t.test(
  'XAPI-00139 XAPI-00143 XAPI-00144 XAPI-00145 PUT stores under statementId, 204; without it 400',
  async (t) => {
    for (const version of versions) {
      const id = randomUUID()
      const put = { method: 'PUT', body: said(), version } as const
      t.equal((await ask({ ...put, params: { statementId: id } })).statusCode, 204)
      t.equal((await shown(id)).id, id)
      t.equal((await ask(put)).statusCode, 400)
    }
  },
)

t.test('XAPI-00026 a statement without id gets one', async (t) => {
  const id = await stored()
  t.equal((await shown(id)).id, id)
})

t.test('XAPI-00142 a statement is never changed, and no batch names an id twice', async (t) => {
  for (const version of versions) {
    const id = randomUUID()
    await send(said({ id }), version)
    const other = said({ id, verb: { id: 'https://example.com/verbs/other' } })
    t.equal((await send(other, version)).statusCode, 409)
    t.equal((await ask({ method: 'PUT', params: { statementId: id }, body: other, version })).statusCode, 409)
    t.strictSame((await shown(id)).verb, verb)
    t.equal((await send([said({ id: randomUUID() }), said({ id }), said({ id })], version)).statusCode, 400)
  }
})

t.test('XAPI-00326 a batch with one wrong statement stores none of it', async (t) => {
  const id = randomUUID()
  t.equal((await send([said({ id }), said({ verb: {} })])).statusCode, 400)
  t.equal((await ask({ params: { statementId: id } })).statusCode, 404)
})

t.test('XAPI-00002 XAPI-00015 numbers and letters come back as they came', async (t) => {
  const number = '0.12345678901234567890'
  const name = '学时 ü \u{1F600}'
  const body = JSON.stringify(said({ actor: { ...agent, name }, result: { score: { raw: 1 } } }))
  const headers = { 'content-type': 'application/json' }
  const sent = await ask({ method: 'POST', body: body.replace('"raw":1', `"raw":${number}`), headers })
  const answer = await ask({ params: { statementId: sent.json()[0] } })
  t.match(answer.body, `"raw":${number}`)
  t.equal(answer.json().actor.name, name)
})

t.test('XAPI-00097 XAPI-00023 stored is taken and replaced, and is a timestamp', async (t) => {
  for (const version of versions) {
    const old = '2001-01-01T00:00:00.000Z'
    const id = await stored({ stored: old }, version)
    const { stored: instant } = await shown(id)
    t.match(instant, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    t.not(instant, old)
    const put = {
      method: 'PUT',
      params: { statementId: randomUUID() },
      body: said({ stored: old }),
      version,
    } as const
    t.equal((await ask(put)).statusCode, 204)
  }
})

t.test('XAPI-00122 timestamps keep their milliseconds', async (t) => {
  const timestamp = '2026-03-02T10:15:30.123Z'
  t.equal((await shown(await stored({ timestamp }))).timestamp, timestamp)
  const { timestamp: assumed, stored: instant } = await shown(await stored())
  t.equal(assumed, instant, 'a missing one is that of storing')
})

t.test('XAPI-00099 the authority is who sent the statement', async (t) => {
  const { authority } = (await shown(await stored({ authority: agent }))) as { authority: Json }
  t.match(authority, { objectType: 'Agent', account: { homePage: String, name: String } })
})

t.test('XAPI-00096 one contextActivity comes back in a list', async (t) => {
  for (const relation of ['parent', 'grouping', 'category', 'other'])
    for (const changes of both({ context: { contextActivities: { [relation]: activity } } })) {
      const shownStatement = JSON.stringify(await shown(await stored(changes)))
      t.match(shownStatement, `"${relation}":[${JSON.stringify(activity)}]`)
    }
})

t.test(
  'XAPI-00018 XAPI-00155 XAPI-00157 XAPI-00163 what is voided is found by voidedStatementId alone',
  async (t) => {
    for (const version of versions) {
      const id = await stored({}, version)
      await voided(id)
      t.equal((await ask({ params: { statementId: id }, version })).statusCode, 404)
      const answer = await ask({ params: { voidedStatementId: id }, version })
      t.equal(answer.statusCode, 200)
      t.equal(answer.json().id, id)
      t.notOk((await idsFound({})).includes(id))
    }
  },
)

t.test('XAPI-00016 neither a voiding statement nor a voided one is voided', async (t) => {
  const id = await stored()
  const voiding = await voided(id)
  const again = await voided(voiding)
  const twice = await voided(id)
  for (const one of [voiding, again, twice]) t.equal((await shown(one)).id, one)
  t.equal((await ask({ params: { statementId: id } })).statusCode, 404)
})

t.test('XAPI-00162 statements that refer to a voided one are still found through it', async (t) => {
  const own = { verb: { id: `https://example.com/${randomUUID()}` } }
  const first = await stored(own)
  const before = (await shown(first)).stored as string
  const voiding = await voided(first)
  const second = await stored(own)

  t.strictSame(await idsFound({ verb: own.verb.id }), [second, voiding])
  t.strictSame(await idsFound({ verb: own.verb.id, since: before }), [second, voiding])
  t.strictSame(await idsFound({ verb: own.verb.id, until: before }), [])
  t.strictSame(await idsFound({ verb: own.verb.id, limit: '1' }), [second])
})
