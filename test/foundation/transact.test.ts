import t from 'tap'
import { connect } from '../../foundation/database/connect.ts'
import { createTable } from '../../foundation/database/schema.ts'
import { transact } from '../../foundation/database/transact.ts'
import { freshDatabaseUrl, onServer } from '../support/database.ts'

const { db, url } = await freshDatabaseUrl(t)
await createTable(db, 'written', (c) => {
  c.num('n')
  c.primary(['n'])
})
const rows = async () => (await db('written').orderBy('n').select('n')).map(({ n }) => Number(n))

t.test('a transaction whose connection dies before COMMIT', { skip: !onServer }, async (t) => {
  const admin = connect(url)
  t.teardown(() => admin.destroy())
  const dying = (n: number, times: number) => {
    let left = times
    return async (trx: Parameters<Parameters<typeof transact>[1]>[0]) => {
      await trx('written').insert({ n })
      if (left-- <= 0) return n
      const [[{ id }]] = await trx.raw('SELECT CONNECTION_ID() AS id')
      await admin.raw(`KILL ${Number(id)}`)
      return n
    }
  }

  await t.test('is never told to be done, since nothing was written', async (t) => {
    await t.rejects(transact(db, dying(1, 1)), 'nobody may guess whether the COMMIT got in')
    t.strictSame(await rows(), [])
  })

  await t.test('is run again where its body finds out what got in', async (t) => {
    t.equal(await transact(db, dying(2, 2), { idempotent: true }), 2)
    t.strictSame(await rows(), [2])
  })
})

t.test(
  'a transaction whose connection died before BEGIN is run on another',
  { skip: !onServer },
  async (t) => {
    const admin = connect(url)
    t.teardown(() => admin.destroy())
    for (let n = 10; n < 30; n++) {
      const [[{ id }]] = await db.raw('SELECT CONNECTION_ID() AS id')
      await admin.raw(`KILL ${Number(id)}`)
      await transact(db, (trx) => trx('written').insert({ n }))
      t.equal((await rows()).at(-1), n)
    }
  },
)

t.test(
  'a COMMIT that the embedded engine refuses is told, and the next one works',
  { skip: onServer },
  async (t) => {
    await db.raw('CREATE TABLE referring (n INTEGER REFERENCES written (n) DEFERRABLE INITIALLY DEFERRED)')
    await t.rejects(
      transact(db, (trx) => trx('referring').insert({ n: 404 })),
      { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' },
    )
    await transact(db, (trx) => trx('written').insert({ n: 3 }))
    t.strictSame(await rows(), [3])
    t.strictSame(await db('referring').select('n'), [])
  },
)
