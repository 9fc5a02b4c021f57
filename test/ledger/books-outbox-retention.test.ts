import t, { type Test } from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { asInstant, type Instant, instantOf } from '../../foundation/time.ts'
import { lockPlace, movePlace, outboxAfter, relayOutbox } from '../../ledger/books/outbox-relay.ts'
import { pruneOutbox, stoppedReaders } from '../../ledger/books/outbox-retention.ts'
import { bookSteps } from '../../ledger/books/steps.ts'
import { outboxStates, outboxTopics } from '../../ledger/books/words.ts'
import { freshGround } from '../support/ground.ts'

t.setTimeout(120_000)

const day = 86_400_000_000
const begin = instantOf('2026-03-01T00:00:00Z')
const later = (days: number): Instant => asInstant(begin + days * day)

/** An outbox of its own, and a clock that is moved by hand. */
async function anOutbox(test: Test) {
  const warnings: object[] = []
  const ground = await freshGround(test)
  const { db } = ground
  let clock = begin
  const own = {
    ...ground,
    now: () => clock,
    log: Object.assign(Object.create(ground.log), { warn: (facts: object) => warnings.push(facts) }),
  }
  const account = newId()
  let seq = 0
  return {
    db,
    own,
    warnings,
    at: (days: number) => {
      clock = later(days)
    },
    /** Puts postings into the outbox and numbers them, at the time of the clock. */
    async posted(count: number) {
      const rows = Array.from({ length: count }, () => row(account, ++seq, clock))
      for (let from = 0; from < count; from += 200) await db('outbox').insert(rows.slice(from, from + 200))
      while ((await relayOutbox(own)) > 0);
    },
    /** Puts a posting into the outbox that nobody has numbered yet. */
    async written() {
      await db('outbox').insert(row(account, ++seq, clock))
    },
    passed: (reader: string, relayNo: number) =>
      transact(db, async (trx) => {
        await lockPlace(trx, reader, clock)
        await movePlace(trx, reader, relayNo, clock)
      }),
    async left() {
      const [outbox, order] = await Promise.all(
        ['outbox', 'outbox_order'].map(async (table) => Number((await db(table).count({ n: '*' }))[0]?.n)),
      )
      return { outbox, order }
    },
  }
}

const row = (account: Id, seq: number, at: number) => ({
  outbox_id: idBytes(newId()),
  account_id: idBytes(account),
  seq,
  topic: outboxTopics.code('posted'),
  content: Buffer.alloc(0),
  state: outboxStates.code('waiting'),
  attempts: 0,
  next_at: at,
})

t.test('rows go when every reader has passed them and they are older than 30 days', async (t) => {
  const box = await anOutbox(t)
  await box.posted(3)
  box.at(20)
  await box.posted(2)
  await box.passed('webhooks', 5)
  await box.passed('scores', 4)

  box.at(30)
  t.equal(await pruneOutbox(box.own), 0, 'not yet')
  box.at(31)
  t.equal(await pruneOutbox(box.own), 3)
  t.strictSame(await box.left(), { outbox: 2, order: 2 })

  box.at(51)
  t.equal(await pruneOutbox(box.own), 1, 'one that a reader has not passed stays')
  t.strictSame(await box.left(), { outbox: 1, order: 1 })
})

t.test('a reader that stopped loses nothing, however long it rests, and goes on where it was', async (t) => {
  const box = await anOutbox(t)
  await box.posted(6)
  await box.passed('webhooks', 6)
  await box.passed('paused', 2)
  box.at(900)

  while ((await pruneOutbox(box.own)) > 0);

  const events = await outboxAfter(box.db, { relayNo: 2, limit: 10 })
  t.strictSame(
    events.map(({ relayNo, seq }) => [relayNo, seq]),
    [3, 4, 5, 6].map((no) => [no, no]),
  )
})

t.test('nothing goes while nobody reads', async (t) => {
  const box = await anOutbox(t)
  await box.posted(2)
  box.at(900)

  t.equal(await pruneOutbox(box.own), 0)
  t.strictSame(await box.left(), { outbox: 2, order: 2 })
})

t.test('what is not numbered yet stays, and numbers go on where they were', async (t) => {
  const box = await anOutbox(t)
  await box.posted(2)
  await box.passed('webhooks', 2)
  await box.written()
  box.at(60)

  t.equal(await pruneOutbox(box.own), 2)
  t.strictSame(await box.left(), { outbox: 1, order: 0 })
  t.equal(await relayOutbox(box.own), 1)
  t.match(await outboxAfter(box.db, { relayNo: 2, limit: 10 }), [{ relayNo: 3, seq: 3 }])
})

t.test('a piece of work is bounded, and two workers take away each row once', async (t) => {
  const box = await anOutbox(t)
  await box.posted(1_100)
  await box.passed('webhooks', 1_100)
  box.at(31)

  t.equal(await pruneOutbox(box.own), 500)
  await Promise.all([pruneOutbox(box.own), pruneOutbox(box.own)])
  while ((await pruneOutbox(box.own)) > 0);

  t.strictSame(await box.left(), { outbox: 0, order: 0 })
})

t.test('a reader or a numbering that has stopped for a day is told of', async (t) => {
  const box = await anOutbox(t)
  await box.posted(4)
  await box.passed('webhooks', 4)
  await box.passed('scores', 1)
  box.at(0.9)
  const early = await stoppedReaders(box.db, box.own.now())
  await box.written()
  box.at(2)

  t.strictSame(early, [])
  t.strictSame(await stoppedReaders(box.db, box.own.now()), [
    { reader: 'relay', behind: 1, since: later(0.9) },
    { reader: 'scores', behind: 3, since: begin },
  ])
})

t.test('the worker takes away what is old, then warns of who has stopped', async (t) => {
  const box = await anOutbox(t)
  await box.posted(3)
  await box.passed('webhooks', 3)
  await box.passed('scores', 2)
  box.at(31)
  const step = bookSteps(box.own).find(({ name }) => name === 'outbox-retention')
  const { signal } = new AbortController()

  t.equal(await step?.run(signal), 2)
  t.strictSame(box.warnings, [])
  t.equal(await step?.run(signal), 0)
  t.strictSame(box.warnings, [{ reader: 'scores', behind: 1, since: '2026-03-01T00:00:00.000Z' }])
})
