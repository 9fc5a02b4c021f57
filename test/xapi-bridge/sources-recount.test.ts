import { Readable } from 'node:stream'
import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { engineOf } from '../../foundation/database/dialect.ts'
import { newId } from '../../foundation/ids.ts'
import { type Instant, instantOf } from '../../foundation/time.ts'
import { importStatements, statementsIn } from '../../xapi-bridge/imports/import.ts'
import { piecesOf } from '../../xapi-bridge/imports/pieces.ts'
import { conditionsOf, hoursSince } from '../../xapi-bridge/sources/condition.ts'
import { createHealth, hour, hourOf } from '../../xapi-bridge/sources/health.ts'
import { createRecount } from '../../xapi-bridge/sources/recount.ts'
import { type Source, sourceById } from '../../xapi-bridge/sources/source.ts'
import { sourceSteps } from '../../xapi-bridge/sources/watch.ts'
import { freshGround } from '../support/ground.ts'
import { aBridge, aSpeaker, aStatement, type Speaker } from './statement-examples.ts'

let time: number = instantOf('2026-06-03T10:20:00Z')
const ground = { ...(await freshGround(t)), now: () => time as Instant }
const { db } = ground
const minute = 60_000_000
const many = (count: number) => Array.from({ length: count }, () => aStatement())

/** A source that pushed through a bridge of its own. `push` may end in the kill of the process. */
async function aSource(): Promise<{
  id: string
  push(count: number, how?: { killed?: boolean }): Promise<void>
}> {
  const first = await aBridge(t, ground)
  const { credential } = await aSpeaker(first, ground)
  const id = credential.source_id
  const authorization = `Basic ${Buffer.from(`${credential.key}:${credential.secret}`).toString('base64')}`
  return {
    id,
    push: async (count, { killed = false } = {}) => {
      const before = await figures(id)
      const app = await aBridge(t, ground)
      const answer = await app.inject({
        method: 'POST',
        url: '/xapi/statements',
        headers: { authorization, 'x-experience-api-version': '1.0.3', 'content-type': 'application/json' },
        payload: JSON.stringify(many(count)),
      })
      if (answer.statusCode !== 200) throw new Error(answer.body)
      await app.close()
      if (killed) await putBack(id, before)
    },
  }
}

async function figures(id: string) {
  const own = { source_id: idBytes(id) }
  return { health: await db('source_health').where(own), hours: await db('source_hour').where(own) }
}

/** As if the process had died before it wrote its figures. */
async function putBack(id: string, { health, hours }: Awaited<ReturnType<typeof figures>>): Promise<void> {
  for (const [table, rows] of [
    ['source_health', health],
    ['source_hour', hours],
  ] as const) {
    await db(table)
      .where({ source_id: idBytes(id) })
      .delete()
    if (rows.length > 0) await db(table).insert(rows)
  }
}

async function shown(id: string) {
  const [condition] = await conditionsOf(db, ground.now(), id)
  const { accepted, lastPushAt } = condition as { accepted: number; lastPushAt: number | null }
  const hours = await hoursSince(db, 0, id)
  return { accepted, lastPushAt, hours: hours.map(({ at, accepted: n }) => [at, n]) }
}

t.test('what a killed process had not written is counted again, once', async (t) => {
  const source = await aSource()
  await source.push(3)
  const [before, began] = [time, hourOf(time)]
  time += 2 * minute
  await source.push(7, { killed: true })
  t.strictSame(await shown(source.id), { accepted: 3, lastPushAt: before, hours: [[began, 3]] })
  const killedAt = time
  time += minute
  const step = sourceSteps(ground)[0]

  await step?.run(new AbortController().signal)

  const right = { accepted: 10, lastPushAt: killedAt, hours: [[began, 10]] }
  t.strictSame(await shown(source.id), right)
  t.equal(await createRecount(ground)(), 0, 'by nobody again')
  t.strictSame(await shown(source.id), right)
})

t.test('the first second of a source, and pushes of two hours, are counted again', async (t) => {
  const source = await aSource()
  await source.push(2, { killed: true })
  const first = hourOf(time)
  time += 60 * minute
  await source.push(4, { killed: true })
  const killedAt = time
  time += minute

  t.equal(await createRecount(ground)(), 6)

  const hours = [
    [first, 2],
    [first + hour, 4],
  ]
  t.strictSame(await shown(source.id), { accepted: 6, lastPushAt: killedAt, hours })
})

t.test('what a running process has yet to write is not counted twice', async (t) => {
  const source = await aSource()
  const recount = createRecount(ground)
  await source.push(5, { killed: true })
  time += 5_000_000

  t.equal(await recount(), 0, 'it may be written yet')
  const health = createHealth(ground)
  health.note(source.id, { requests: 1, accepted: 5 })
  await health.close()
  time += minute
  t.equal(await recount(), 0)
  t.equal((await shown(source.id)).accepted, 5)
})

t.test('a push over the end of an hour that was counted in the next is not counted twice', async (t) => {
  const source = await aSource()
  time = hourOf(time) + hour - 200_000
  await source.push(5, { killed: true })
  time += 400_000
  const health = createHealth(ground)
  health.note(source.id, { requests: 1, accepted: 5 })
  await health.close()
  time += minute
  await source.push(2, { killed: true })
  time += minute

  t.equal(await createRecount(ground)(), 2)

  t.equal((await shown(source.id)).accepted, 7)
})

t.test('what was imported or replayed is no push', async (t) => {
  const source = await aSource()
  await source.push(3)
  const lines = many(2).map((one) => JSON.stringify(one))
  const order = {
    source: (await sourceById(db, source.id)) as Source,
    actor: 'os:tester',
    operatorId: newId(),
    onRefused: async () => undefined,
  }
  const made = statementsIn(piecesOf(Readable.from([Buffer.from(lines.join('\n'))])))
  t.match(await importStatements(ground, order, made), { accepted: 2 })
  time += minute

  t.equal(await createRecount(ground)(), 0)
  t.equal((await shown(source.id)).accepted, 3)
})

t.test(
  'statements are counted along the index of when they were stored',
  { skip: engineOf(db) !== 'mysql' },
  async (t) => {
    const app = await aBridge(t, ground)
    const speaker: Speaker = await aSpeaker(app, ground)
    for (let n = 0; n < 20; n++) {
      time += 2 * hour
      await speaker.post(many(100))
    }
    time += minute
    await db.raw('ANALYZE TABLE statement')
    const texts: { sql: string; bindings: unknown[] }[] = []
    const listen = (asked: { sql: string; bindings: unknown[] }) => {
      if (asked.sql.includes('from `statement`')) texts.push(asked)
    }
    db.on('query', listen)
    await createRecount(ground)()
    db.off('query', listen)

    const { storeId } = (await sourceById(db, speaker.credential.source_id)) as Source
    const own = texts.filter(({ bindings: [store] }) => idBytes(storeId).equals(store as Buffer))
    t.ok(own.some(({ sql }) => sql.includes('count(')))
    for (const { sql, bindings } of own) {
      const [plan] = (await db.raw(`EXPLAIN ${sql}`, bindings as never[])) as unknown as [
        { key?: string | null; Extra?: string | null; EXPLAIN?: string }[],
      ]
      t.ok(
        plan.every(
          // MariaDB tells in columns, MySQL 9 in one text.
          ({ key, Extra, EXPLAIN }) =>
            key === 'statement_store_stored' ||
            /optimized away|no matching/i.test(Extra ?? '') ||
            /using statement_store_stored|fetched before execution|Zero input/i.test(EXPLAIN ?? ''),
        ),
        `${sql}: ${JSON.stringify(plan)}`,
      )
    }
  },
)
