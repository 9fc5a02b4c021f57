import t from 'tap'
import { isDuplicateKey, upsert } from '../../foundation/database/dialect.ts'
import { releaseLease, takeLease } from '../../foundation/database/lease.ts'
import { bumpMark, readMarks } from '../../foundation/database/marks.ts'
import { addColumns, createTable } from '../../foundation/database/schema.ts'
import { transact } from '../../foundation/database/transact.ts'
import { newId } from '../../foundation/ids.ts'
import { asInstant } from '../../foundation/time.ts'
import { freshDatabase } from '../support/database.ts'

const db = await freshDatabase(t)

await createTable(
  db,
  'trial',
  (c) => {
    c.num('n')
    c.text('words', 5)
    c.num('twin').nullable()
    c.primary(['n'])
    c.unique(['twin'], 'trial_twin')
  },
  { journal: true },
)
await createTable(db, 'counter', (c) => {
  c.num('n')
  c.num('held')
  c.primary(['n'])
})

t.test('a clash of keys is told by its name on either engine', async (t) => {
  await db('trial').insert({ n: 1, words: '一', twin: 7 })

  const byPrimary = await db('trial')
    .insert({ n: 1, words: '二' })
    .catch((error) => error)
  const byTwin = await db('trial')
    .insert({ n: 2, words: '二', twin: 7 })
    .catch((error) => error)

  t.ok(isDuplicateKey(byPrimary, 'PRIMARY'))
  t.notOk(isDuplicateKey(byPrimary, 'trial_twin'))
  t.ok(isDuplicateKey(byTwin, 'trial_twin'))
  t.notOk(isDuplicateKey(byTwin, 'PRIMARY'))
})

t.test('a journal refuses UPDATE and DELETE', async (t) => {
  await db('trial').insert({ n: 10, words: '十' })
  await t.rejects(db('trial').where({ n: 10 }).update({ words: '改' }), /journal/)
  await t.rejects(db('trial').where({ n: 10 }).delete(), /journal/)
})

t.test('columns are added to a table with rows, and hold what they say', async (t) => {
  await createTable(db, 'grown', (c) => {
    c.num('n')
    c.primary(['n'])
  })
  await db('grown').insert({ n: 1 })

  await addColumns(db, 'grown', (c) => {
    c.code('state').defaultTo(3)
    c.word('word', 3).defaultTo('')
    c.id('other').nullable()
  })

  t.match(await db('grown'), [{ n: 1, state: 3, word: '', other: null }])
  await t.rejects(db('grown').insert({ n: 2, word: 'long' }))
})

t.test('text that is too long is refused, not cut', async (t) => {
  await t.rejects(db('trial').insert({ n: 20, words: '一二三四五六' }))
})

t.test('a transaction that fails leaves nothing', async (t) => {
  const failing = transact(db, async (trx) => {
    await trx('counter').insert({ n: 1, held: 1 })
    throw new Error('stop')
  })
  await t.rejects(failing, /stop/)
  t.equal(await db('counter').where({ n: 1 }).first(), undefined)
})

t.test('a transaction runs again after a deadlock, from the top', async (t) => {
  let tries = 0
  await transact(db, async (trx) => {
    tries += 1
    await trx('counter').insert({ n: 2, held: tries })
    if (tries < 3) throw Object.assign(new Error('deadlock'), { errno: 1213 })
  })
  t.equal(tries, 3)
  t.match(await db('counter').where({ n: 2 }).first(), { held: 3 })
})

t.test('upsert adds to what is there', async (t) => {
  await upsert(db, 'counter', [{ n: 3, held: 5 }], { key: ['n'], add: ['held'] })
  await upsert(db, 'counter', [{ n: 3, held: 6 }], { key: ['n'], add: ['held'] })
  t.match(await db('counter').where({ n: 3 }).first(), { held: 11 })
})

t.test('a lease has one owner until it ends or is given back', async (t) => {
  const [mine, yours] = [newId(), newId()]
  const at = (seconds: number) => asInstant(seconds * 1_000_000)
  const name = { kind: 'trial', shard: 1, ttlMs: 1000 }
  t.equal(await takeLease(db, { ...name, owner: mine, now: at(1) }), 1)
  t.equal(await takeLease(db, { ...name, owner: yours, now: at(1.5) }), null)
  t.equal(await takeLease(db, { ...name, owner: mine, now: at(1.9) }), 1)
  t.equal(await takeLease(db, { ...name, owner: yours, now: at(3.5) }), 2)
  await releaseLease(db, { ...name, owner: yours })
  t.equal(await takeLease(db, { ...name, owner: mine, now: at(3.6) }), 3)
})

t.test('a mark counts the changes that were committed', async (t) => {
  await transact(db, (trx) => bumpMark(trx, 'roster'))
  await transact(db, (trx) => bumpMark(trx, 'roster'))
  t.match(await readMarks(db), { roster: 2, catalogue: 0 })
})
