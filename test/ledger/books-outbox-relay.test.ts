import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { newId } from '../../foundation/ids.ts'
import { type Instant, systemClock } from '../../foundation/time.ts'
import {
  lockPlace,
  movePlace,
  outboxAfter,
  outboxBehind,
  relayOutbox,
} from '../../ledger/books/outbox-relay.ts'
import { outboxStates, outboxTopics } from '../../ledger/books/words.ts'
import { freshDatabase, onServer } from '../support/database.ts'

t.setTimeout(300_000)

const db = await freshDatabase(t)
const ground = { db, now: systemClock }

const row = (account: string, seq: number, at: number) => ({
  outbox_id: idBytes(newId()),
  account_id: idBytes(account),
  seq,
  topic: outboxTopics.code('posted'),
  content: Buffer.alloc(0),
  state: outboxStates.code('waiting'),
  attempts: 0,
  next_at: at,
})

/** Reads on from a reader's place, as a consumer does. */
async function readOn(reader: string): Promise<string[]> {
  return transact(db, async (trx) => {
    const place = await lockPlace(trx, reader, 1 as Instant)
    const events = await outboxAfter(trx, { relayNo: place, limit: 3 })
    const last = events.at(-1)
    if (last) await movePlace(trx, reader, last.relayNo, 2 as Instant)
    return events.map(({ accountId, seq }) => `${accountId} ${seq}`)
  })
}

async function all(reader: string): Promise<string[]> {
  const seen: string[] = []
  for (;;) {
    const some = await readOn(reader)
    if (some.length === 0) return seen
    seen.push(...some)
  }
}

t.test('several readers each go through everything once, at their own pace', async (t) => {
  const account = newId()
  await db('outbox').insert([1, 2, 3, 4, 5, 6, 7].map((seq) => row(account, seq, 1000 + seq)))
  t.equal(await outboxBehind(db, 'one'), 0, 'nothing is numbered yet')
  t.equal(await relayOutbox(ground, 4), 4)
  t.equal(await relayOutbox(ground), 3)
  t.equal(await relayOutbox(ground), 0)

  t.same((await readOn('one')).length, 3)
  const expected = [1, 2, 3, 4, 5, 6, 7].map((seq) => `${account} ${seq}`)
  t.strictSame(await all('two'), expected)
  t.equal(await outboxBehind(db, 'one'), 4)
  t.strictSame(await all('one'), expected.slice(3))
  t.equal(await outboxBehind(db, 'one'), 0)
  t.equal(Number((await db('outbox').count({ n: '*' }).first())?.n), 7, 'no row of others is taken away')
})

t.test(
  'a posting that becomes visible late, behind newer ones, is missed by nobody',
  { skip: !onServer },
  async (t) => {
    const [slow, quick] = [newId(), newId()]
    await all('late')
    const open = await db.transaction()
    await open('outbox').insert(row(slow, 1, 5_000))
    await db('outbox').insert(row(quick, 1, 6_000))
    await relayOutbox(ground)
    t.strictSame(await all('late'), [`${quick} 1`])

    await open.commit()
    await relayOutbox(ground)
    t.strictSame(await all('late'), [`${slow} 1`])
  },
)

t.test('many at once number each row once, and a reader beside them misses none', async (t) => {
  await all('beside')
  const accounts = Array.from({ length: 8 }, newId)
  const seen: string[] = []
  let writing = true
  const writers = accounts.map(async (account) => {
    for (let seq = 1; seq <= 12; seq++) {
      await transact(db, async (trx) => {
        await trx('outbox').insert(row(account, seq, 10_000 + Math.floor(Math.random() * 1000) + seq * 1000))
      })
    }
  })
  const relays = [1, 2].map(async () => {
    while (writing) {
      await relayOutbox(ground, 7)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  const reader = (async () => {
    while (writing) {
      seen.push(...(await readOn('beside')))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  await Promise.all(writers)
  writing = false
  await Promise.all([...relays, reader])
  while ((await relayOutbox(ground)) > 0);
  seen.push(...(await all('beside')))

  t.equal(seen.length, 96)
  t.equal(new Set(seen).size, 96)
})
