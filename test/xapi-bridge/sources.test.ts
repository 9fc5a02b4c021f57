import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Instant } from '../../foundation/time.ts'
import { rejectedInputs } from '../../xapi-bridge/dead-letter/find.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { createAuthenticator } from '../../xapi-bridge/sources/authenticate.ts'
import { sourcesWithHealth } from '../../xapi-bridge/sources/condition.ts'
import { credentialOf, revokeCredential, rotateCredential } from '../../xapi-bridge/sources/credential.ts'
import { permits } from '../../xapi-bridge/sources/scopes.ts'
import { changeSource } from '../../xapi-bridge/sources/settings.ts'
import { sourceById, sourceByName } from '../../xapi-bridge/sources/source.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, aVoid, withoutId } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)

const basic = (key: string, secret: string) => `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`

t.test('a source is added with a store of its own and a secret that is shown once', async (t) => {
  const name = `区外平台 ${randomUUID()}`

  const added = await addSource(ground, { name, preset: 'cmi5', actorHomePages: ['https://lms.example'] })

  const source = await sourceByName(ground.db, name)
  t.match(source, {
    id: added.source_id,
    preset: 'cmi5',
    actorHomePages: ['https://lms.example'],
    onVoid: 'review',
    onConflict: 'refuse',
    state: 'live',
    ruleSet: null,
  })
  t.strictSame(await sourceById(ground.db, added.source_id), source)
  t.equal(added.endpoint, `${ground.config.publicUrl}/xapi`)
  const rows = JSON.stringify(await ground.db('credential').select())
  t.notMatch(rows, added.secret)
  await t.rejects(addSource(ground, { name, preset: 'adl', actorHomePages: ['*'] }), {
    code: 'source-exists',
  })
})

t.test('an unknown preset, an empty name and home pages that are none are refused', async (t) => {
  const wish = { name: randomUUID(), preset: 'adl', actorHomePages: ['*'] }

  await t.rejects(addSource(ground, { ...wish, preset: 'x' }), { code: 'source-invalid' })
  await t.rejects(addSource(ground, { ...wish, name: ' ' }), { code: 'source-invalid' })
  await t.rejects(addSource(ground, { ...wish, actorHomePages: [] }), { code: 'source-invalid' })
  await t.rejects(addSource(ground, { ...wish, actorHomePages: ['lms.example'] }), { code: 'source-invalid' })
  const production = { ...ground, config: { ...ground.config, production: true } }
  await t.rejects(addSource(production, { ...wish, profile: 'conformance' }), { code: 'source-invalid' })
})

t.test('4.2 a missing or wrong credential is 401 with a challenge', async (t) => {
  const { credential } = await aSpeaker(app, ground)

  for (const authorization of [
    undefined,
    'Basic !!!',
    'Bearer x',
    basic(credential.key, 'wrong'),
    basic('nobody', credential.secret),
  ]) {
    const answer = await app.inject({
      method: 'GET',
      url: '/xapi/statements',
      headers: { 'x-experience-api-version': '1.0.3', ...(authorization ? { authorization } : {}) },
    })
    t.equal(answer.statusCode, 401)
    t.match(answer.headers['www-authenticate'], /^Basic /)
    t.match(answer.headers['content-type'], /problem\+json/)
  }
})

t.test('4.2 two credentials are valid during a rotation; a revoked one ends, in every process', async (t) => {
  let time = 1_800_000_000_000_000
  const clock = { ...ground, now: () => time as Instant }
  const first = await addSource(ground, { name: randomUUID(), preset: 'adl', actorHomePages: ['*'] })
  const second = await rotateCredential(ground, first.source_id)
  const [here, there] = [createAuthenticator(clock), createAuthenticator(clock)]
  for (const process of [here, there])
    for (const { key, secret } of [first, second])
      t.equal((await process.callerOf(basic(key, secret))).source.id, first.source_id)

  await revokeCredential(ground, first.key)
  time += 1_000_000

  for (const process of [here, there]) {
    await t.rejects(process.callerOf(basic(first.key, first.secret)), { code: 'credential-unknown' })
    t.equal((await process.callerOf(basic(second.key, second.secret))).source.id, first.source_id)
  }
  t.equal(await credentialOf(ground, first.key, first.secret), null)
})

t.test('a paused source is refused with 403', async (t) => {
  const { credential, post } = await aSpeaker(app, ground)

  await changeSource(ground, credential.source_id, { state: 'paused' })

  t.equal((await post([])).statusCode, 403)
})

t.test('4.2 all contains every scope, and reading all contains reading mine', async (t) => {
  t.ok(permits(new Set(['all']), 'statements/void'))
  t.ok(permits(new Set(['statements/read']), 'statements/read/mine'))
  t.notOk(permits(new Set(['statements/write']), 'statements/void'))
  t.notOk(permits(new Set(['statements/write']), 'statements/read/mine'))
})

t.test('4.2 a credential without a scope is answered 403, the whole request', async (t) => {
  const { credential, post, get } = await aSpeaker(app, ground)
  await ground.db('credential').where({ access_key: credential.key }).update({ scopes: 'statements/write' })
  const target = aStatement()

  t.equal((await post(target)).statusCode, 200)
  t.equal((await post([aStatement(), aVoid(target.id)])).statusCode, 403)
  t.equal((await get()).statusCode, 403)
})

t.test('4.1 stores are closed: another source sees nothing, and its ids clash with nobody', async (t) => {
  const [one, other] = [await aSpeaker(app, ground), await aSpeaker(app, ground)]
  const sent = aStatement()
  await one.post(sent)

  t.equal((await other.get({ statementId: sent.id })).statusCode, 404)
  t.strictSame(await other.find({ verb: (sent.verb as { id: string }).id }), [])
  t.equal((await other.post(aStatement({ id: sent.id }))).statusCode, 200, 'not a conflict')
  await other.post(aVoid(sent.id))
  t.equal((await one.get({ statementId: sent.id })).statusCode, 200, 'not voided by another')
})

t.test('4.6 a receipt names every statement stored, and a repeat gets the first receipt', async (t) => {
  const { credential, post } = await aSpeaker(app, ground)
  const sent = [aStatement(), aStatement()]
  const receipt = (await post(sent)).headers['x-xueshi-receipt'] as string
  const again = (await post(sent)).headers['x-xueshi-receipt']
  const url = `/api/sources/${credential.source_id}/receipts/${receipt}`
  const authorization = basic(credential.key, credential.secret)

  const shown = (await app.inject({ method: 'GET', url, headers: { authorization } })).json()

  t.equal(again, receipt)
  t.strictSame(
    shown.statements.map((line: { statement_id: string }) => line.statement_id),
    sent.map(({ id }) => id),
  )
  t.equal(shown.statements[0].status, 'accepted')
})

t.test('4.6 a refused request has a receipt too', async (t) => {
  const { credential, post } = await aSpeaker(app, ground)
  const receipt = (await post({ id: 5 })).headers['x-xueshi-receipt']
  const url = `/api/sources/${credential.source_id}/receipts/${receipt}`
  const authorization = basic(credential.key, credential.secret)

  const shown = (await app.inject({ method: 'GET', url, headers: { authorization } })).json()

  t.match(shown.statements[0], { status: 'refused', index: 0, pointer: '/id' })
})

t.test('4.6 nobody reads the receipts of another source', async (t) => {
  const [one, other] = [await aSpeaker(app, ground), await aSpeaker(app, ground)]
  const receipt = (await one.post(aStatement())).headers['x-xueshi-receipt']
  const authorization = basic(other.credential.key, other.credential.secret)

  for (const id of [one.credential.source_id, other.credential.source_id]) {
    const url = `/api/sources/${id}/receipts/${receipt}`
    t.equal((await app.inject({ method: 'GET', url, headers: { authorization } })).statusCode, 404)
  }
})

t.test(
  '4.7 a refused request is kept with its faults, and identity numbers in it are starred out',
  async (t) => {
    const { credential, post } = await aSpeaker(app, ground)
    const sent = aStatement({ result: { response: '990101198001010014' } })

    const answer = await post([aStatement(), sent])

    t.equal(answer.statusCode, 400)
    t.match(answer.json(), {
      status: 400,
      code: 'invalid-statements',
      errors: [{ index: 1, pointer: '/result/response', code: 'pii-in-statement' }],
    })
    t.notMatch(answer.body, '990101198001010014')
    t.match(answer.headers['x-xueshi-receipt'], /^[0-9a-f-]{36}$/)
    const [kept] = await rejectedInputs(ground.db, { sourceId: credential.source_id, limit: 5 })
    t.match(kept, { status: 400, method: 'POST', faults: [{ index: 1, code: 'pii-in-statement' }] })
    t.match(kept?.body.toString(), /\*{18}/)
    t.notMatch(kept?.body.toString(), '990101198001010014')
  },
)

t.test('4.8 what a source pushed is counted by what became of it', async (t) => {
  const own = await aBridge(t, ground)
  const { credential, post } = await aSpeaker(own, ground)
  const sent = aStatement()
  await post([sent, withoutId(aStatement())])
  await post(sent)
  await post({ ...sent, verb: { id: 'http://example.com/other' } })
  await post({})

  await own.close()

  const sources = await sourcesWithHealth(ground.db)
  t.match(
    sources.find(({ id }) => id === credential.source_id),
    { accepted: 2, duplicate: 1, conflict: 1, refused: 1, keys: [credential.key] },
  )
  t.ok(sources.find(({ id }) => id === credential.source_id)?.lastPushAt)
})
