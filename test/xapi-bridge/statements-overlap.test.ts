// Flushes that are sent while another is under way, and what becomes of them when that one fails.
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aFreshSpeaker, aStatement } from './statement-examples.ts'

const ground = await freshGround(t)
const { post, get } = await aFreshSpeaker(t, ground)

const aBatch = () => Array.from({ length: 60 }, () => aStatement())

// First, since repeats make the writer ask for a while.
t.test('3.3 a sequence that another bridge has moved is never moved back', async (t) => {
  await post(aStatement())
  const moved = ground.now() + 20_000_000
  const ahead = moved - (moved % 1000)
  await ground.db('statement_sequence').where({ id: 1 }).update({ last_stored: ahead })

  const sent = aStatement()
  await post(sent)

  const last = await ground.db('statement').orderBy('seq', 'desc').first('stored')
  t.ok(Number(last.stored) > ahead)
  const sequence = await ground.db('statement_sequence').first('last_stored')
  t.equal(Number(sequence.last_stored), Number(last.stored))
})

t.test('3.3 flushes that overlap are all stored, each seq once and without a gap', async (t) => {
  const before = (await ground.db('statement')).length
  await post(aBatch())
  const answers = await Promise.all(Array.from({ length: 24 }, () => post(aBatch())))

  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  const rows: { seq: unknown; stored: unknown }[] = await ground.db('statement').orderBy('seq')
  t.equal(rows.length, before + 25 * 60)
  t.ok(rows.every(({ seq }, n) => Number(seq) === n + 1))
  t.ok(rows.every(({ stored }, n) => n === 0 || Number(stored) >= Number(rows[n - 1]?.stored)))
})

t.test('3.4 of overlapping flushes a repeat and a conflict touch nobody else', async (t) => {
  const known = aBatch()
  await post(known)
  const conflicting = known.map((one) => ({ ...one, result: { completion: false } }))
  const batches = Array.from({ length: 12 }, aBatch)

  const answers = await Promise.all(
    batches.flatMap((batch, n) => [post(batch), post(n % 2 ? known : conflicting)]),
  )

  t.ok(answers.every(({ statusCode }, n) => statusCode === (n % 4 === 1 ? 409 : 200)))
  for (const batch of batches) t.equal((await get({ statementId: batch[59]?.id as string })).statusCode, 200)
})

t.test('3.1 what would end a literal in a text for the database is stored as it came', async (t) => {
  const name = `'; DROP TABLE statement; -- \\' " \` \u0001 完成 ${'\\'.repeat(3)}`
  const sent = aStatement({ actor: { name, mbox: 'mailto:a@example.com' } })
  await post(sent)

  t.match((await get({ statementId: sent.id })).json().actor, { name })
})
