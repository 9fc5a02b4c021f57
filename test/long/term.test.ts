// @lane server
import t from 'tap'
import { freshDatabaseUrl } from '../support/database.ts'
import { playTerm } from '../support/term.ts'

t.setTimeout(3_600_000)

// Drawn anew each time and printed, so that a term that comes out wrong can be played again by XUESHI_TERM_SEEDS.
const seeds =
  process.env.XUESHI_TERM_SEEDS?.split(',') ??
  Array.from({ length: 4 }, () => String(Math.floor(Math.random() * 1e9)))

for (const seed of seeds)
  t.test('terms that nobody has seen before come to the right hours', async (t) => {
    const { url, db } = await freshDatabaseUrl(t)
    await db.destroy()
    await playTerm(t, url, { seed, size: 40 })
  })
