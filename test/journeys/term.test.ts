// @lane server
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { playTerm } from '../support/term.ts'

t.setTimeout(600_000)

for (const seed of (process.env.XUESHI_TERM_SEEDS ?? '1').split(','))
  t.test('a term of every platform, faults and all, comes to the right hours', async (t) => {
    const { url, db } = await freshDatabaseUrl(t)
    await db.destroy()
    await playTerm(t, url, { seed, size: 12 })
  })
