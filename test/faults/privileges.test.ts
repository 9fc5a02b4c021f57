// @lane server
import t from 'tap'
import { connect } from '../../foundation/database/connect.ts'
import { grantsFor } from '../../foundation/database/grants.ts'
import { applicationUrl, freshDatabaseUrl } from '../support/database.ts'

t.test('as the application user every journal refuses whatever is not INSERT or SELECT', async (t) => {
  const { url, db } = await freshDatabaseUrl(t)
  const at = await applicationUrl(t, url)
  const database = new URL(url).pathname.slice(1)
  for (const grant of await grantsFor(db, database)) await db.raw(grant.replace(/;$/, ''))
  const app = connect(at, { poolSize: 1 })
  t.teardown(() => app.destroy())

  const journals: { name: string }[] = await db('schema_table').where({ kind: 'journal' }).select('name')
  t.ok(journals.length >= 10, `${journals.length} journals`)
  for (const { name } of journals) {
    const [column] = Object.keys(await db(name).columnInfo())
    for (const statement of [
      `UPDATE \`${name}\` SET \`${column}\` = \`${column}\``,
      `DELETE FROM \`${name}\``,
      `TRUNCATE TABLE \`${name}\``,
      `REPLACE INTO \`${name}\` SELECT * FROM \`${name}\``,
      `ALTER TABLE \`${name}\` ADD COLUMN extra INT`,
      `DROP TABLE \`${name}\``,
    ]) {
      const refused = await app.raw(statement).catch((error: { errno?: number }) => error.errno)
      t.equal(refused, 1142, statement)
    }
    await app(name).first()
  }
})
