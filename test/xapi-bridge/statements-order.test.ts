// @lane server: two connections of one process would block each other on the embedded engine, whose driver never yields.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { connect } from '../../foundation/database/connect.ts'
import type { Instant } from '../../foundation/time.ts'
import { addSource } from '../../xapi-bridge/sources/add.ts'
import { type StoredStatement, statementsAfter } from '../../xapi-bridge/statements/read.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, aVoid, type Json, type Speaker } from './statement-examples.ts'

const ground = await freshGround(t)

/** Two bridges as two processes would be: each with connections, queue and caches of its own, over one database. */
async function twoBridges(t: Test): Promise<[Speaker, Speaker]> {
  const db = connect(ground.config.databaseUrl)
  t.teardown(() => db.destroy())
  // The clock of the second runs behind, as clocks do.
  const behind = { ...ground, db, now: () => (ground.now() - 30_000_000) as Instant }
  const [here, there] = [await aBridge(t, ground), await aBridge(t, behind)]
  const speaker = await aSpeaker(here, ground)
  const { key, secret } = speaker.credential
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
  const other: Speaker = {
    ...speaker,
    app: there,
    post: (statements) =>
      there.inject({
        method: 'POST',
        url: '/xapi/statements',
        headers: {
          authorization,
          'x-experience-api-version': '1.0.3',
          'content-type': 'application/json',
        },
        payload: JSON.stringify(statements),
      }),
    get: (query = {}) =>
      there.inject({
        method: 'GET',
        url: '/xapi/statements',
        query,
        headers: { authorization, 'x-experience-api-version': '1.0.3' },
      }),
  }
  return [speaker, other]
}

t.test('S1: a reader that remembers what it saw never misses one, while two bridges write', async (t) => {
  const bridges = await twoBridges(t)
  const db = connect(ground.config.databaseUrl)
  t.teardown(() => db.destroy())
  const sent: string[] = []
  let writing = true
  const write = async (bridge: Speaker, n: number) => {
    for (let round = 0; round < 12; round++) {
      const batch = Array.from({ length: 1 + ((n * 7 + round) % 9) }, () => aStatement())
      t.equal((await bridge.post(batch)).statusCode, 200)
      sent.push(...batch.map(({ id }) => id))
    }
  }
  const start = (await statementsAfter(db, { seq: 0, limit: 100_000 })).at(-1)?.seq ?? 0
  const seen: StoredStatement[] = []
  const read = async () => {
    for (let last = start; ; ) {
      const final = !writing
      const found = await statementsAfter(db, { seq: last, limit: 50 })
      seen.push(...found)
      last = found.at(-1)?.seq ?? last
      if (final && found.length === 0) return
    }
  }
  // Somebody who polls over HTTP, from watermark to watermark, on the bridge whose clock is behind.
  const polled: Json[] = []
  const poll = async () => {
    for (let since = ''; ; ) {
      const final = !writing
      const answer = await bridges[1].get({ ascending: 'true', limit: '500', ...(since ? { since } : {}) })
      polled.push(...answer.json().statements)
      since = (answer.json().statements.at(-1)?.stored as string) ?? since
      if (final && answer.json().statements.length === 0) return
    }
  }

  const writers = Promise.all(Array.from({ length: 10 }, (_, n) => write(bridges[(n % 2) as 0 | 1], n)))
  const readers = Promise.all([read(), poll()])
  await writers
  writing = false
  await readers

  t.strictSame(seen.map(({ id }) => id).sort(), [...sent].sort(), 'each once')
  t.strictSame(polled.map(({ id }) => id as string).sort(), [...sent].sort(), 'each once, over HTTP')
  t.strictSame(
    seen.map(({ seq }) => seq),
    seen.map((_, n) => start + n + 1),
    'in order and without gaps',
  )
  t.strictSame(
    seen.filter(({ stored }, n) => n > 0 && stored < (seen[n - 1]?.stored ?? 0)),
    [],
    'stored never runs back',
  )
})

t.test('the same batch sent to two bridges at once is stored once and never refused', async (t) => {
  const bridges = await twoBridges(t)
  const registration = randomUUID()
  const batches = Array.from({ length: 10 }, () =>
    Array.from({ length: 20 }, () => aStatement({ context: { registration } })),
  )

  const answers = await Promise.all(
    batches.flatMap((batch) => bridges.flatMap(({ post }) => [post(batch), post([...batch].reverse())])),
  )

  t.strictSame([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
  t.equal((await bridges[0].find({ registration, limit: '500' })).length, 200)
})

t.test('of two contents under one id sent at once one is stored and the other refused', async (t) => {
  const bridges = await twoBridges(t)
  for (let round = 0; round < 10; round++) {
    const one = aStatement()
    const other = { ...one, result: { completion: false } }

    const answers = await Promise.all([bridges[0].post(one), bridges[1].post(other), bridges[0].post(other)])

    const codes = answers.map(({ statusCode }) => statusCode).sort()
    t.ok(`${codes}` === '200,200,409' || `${codes}` === '200,409,409', `${codes}`)
  }
})

t.test('a void and its target sent to two bridges at once end in the same state', async (t) => {
  const bridges = await twoBridges(t)
  for (let round = 0; round < 10; round++) {
    const target = aStatement()
    await Promise.all([bridges[0].post(target), bridges[1].post(aVoid(target.id))])

    t.equal((await bridges[0].get({ statementId: target.id })).statusCode, 404)
    t.equal((await bridges[1].get({ voidedStatementId: target.id })).statusCode, 200)
  }
})

t.test('a credential of one bridge is known to the other', async (t) => {
  const [here, there] = await twoBridges(t)
  const added = await addSource(ground, { name: randomUUID(), preset: 'adl', actorHomePages: ['*'] })
  const authorization = `Basic ${Buffer.from(`${added.key}:${added.secret}`).toString('base64')}`

  for (const { app } of [here, there]) {
    const headers = { authorization, 'x-experience-api-version': '1.0.3' }
    t.equal((await app.inject({ method: 'GET', url: '/xapi/statements', headers })).statusCode, 200)
  }
})
