import t from 'tap'
import { idBytes } from '../../foundation/database/codec.ts'
import type { Database } from '../../foundation/database/connect.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { systemClock } from '../../foundation/time.ts'
import { actOn } from '../../ledger/books/decide.ts'
import { postAll, postReady } from '../../ledger/books/pick.ts'
import { postBatch } from '../../ledger/books/post.ts'
import type { Submitted } from '../../ledger/claims/submit.ts'
import { freshDatabase } from '../support/database.ts'
import {
  aClaim,
  anOffering,
  aVoid,
  freshBook,
  hand,
  hoursOf,
  inboxRow,
  province,
  verified,
} from './books-world.ts'

const ground = await freshBook(await freshDatabase(t))
const offering = await anOffering(ground)
const idOf = (submitted: Submitted | undefined) => submitted?.inboxId as Id

t.test(
  'a claim and its void that are posted at the same moment leave no hours, whichever wins',
  async (t) => {
    const pairs = Array.from({ length: 12 }, () => aClaim(newId(), offering))
    const submitted = await hand(
      ground.db,
      pairs.flatMap((claim) => [claim, aVoid(claim)]),
    )

    await Promise.all(
      pairs.map((_, i) => {
        const both = [submitted[2 * i], submitted[2 * i + 1]].map(
          (one) => () => postBatch(ground, [idOf(one)]),
        )
        return Promise.all((i % 2 === 0 ? both : both.reverse()).map((post) => post()))
      }),
    )
    await postAll(ground)

    const hours = await Promise.all(pairs.map(({ teacherId }) => hoursOf(ground, teacherId)))
    t.strictSame(hours, Array(pairs.length).fill({ counted: 0, excess: 0, pending: 0 }))
    await verified(t, ground)
  },
)

t.test('workers that take up the same void at once post it once, and none of them refuses it', async (t) => {
  const claim = aClaim(newId(), offering)
  await hand(ground.db, [claim])
  await postAll(ground)
  const [submitted] = await hand(ground.db, [aVoid(claim)])

  const posted = await Promise.all(Array.from({ length: 4 }, () => postBatch(ground, [idOf(submitted)])))

  t.equal(
    posted.reduce((sum, n) => sum + n, 0),
    1,
  )
  t.match(await inboxRow(ground, submitted), { state: 4, reason: null, seq: 3 })
  await verified(t, ground)
})

t.test('a cap holds while many post to one teacher at once', async (t) => {
  const teacher = newId()
  const online = await Promise.all(
    Array.from({ length: 12 }, () => anOffering(ground, { form: '网络研修', approvedMilliHours: 7_000 })),
  )
  const submitted = await hand(
    ground.db,
    online.map((one) => aClaim(teacher, one)),
  )

  const clashes: string[] = []
  const note = (_: unknown, { sql }: { sql: string }) => clashes.push(sql.slice(0, 40))
  ground.db.on('query-error', note)
  await Promise.all(submitted.map((one) => postBatch(ground, [idOf(one)])))
  ground.db.off('query-error', note)

  t.strictSame(
    clashes.filter((sql) => sql.includes('`posting`')),
    [],
    'who waits for the account reads it afterwards, so no number is tried twice',
  )
  t.strictSame(await hoursOf(ground, teacher), { counted: 40_000, excess: 44_000, pending: 0 })
  const account = await ground.db('account').where('account_id', idBytes(teacher)).first('version')
  t.equal(Number(account.version), 13, 'the opening and one posting each')
  await verified(t, ground)
})

t.test('workers that lease shards post a backlog once between them', async (t) => {
  const teachers = Array.from({ length: 20 }, () => newId())
  await hand(
    ground.db,
    teachers.map((teacher) => aClaim(teacher, offering)),
  )

  const posted = await Promise.all(Array.from({ length: 4 }, () => postReady(ground, newId())))
  await postReady(ground, newId())

  t.equal(await postReady(ground, newId()), 0, 'nothing is left')
  t.ok(posted.reduce((sum, n) => sum + n, 0) <= 20)
  const hours = await Promise.all(teachers.map((teacher) => hoursOf(ground, teacher)))
  t.strictSame(hours, Array(20).fill({ counted: 6_000, excess: 0, pending: 0 }))
  await verified(t, ground)
})

t.test('of two people who decide at the same moment the second is told', async (t) => {
  const claim = aClaim(newId(), offering, { source: province })
  await hand(ground.db, [claim])
  await postAll(ground)
  const decide = (kind: 'reject' | 'school_check') =>
    actOn(ground, { claimId: claim.claimId, kind, reason: 'other', makerId: newId() })
  await decide('school_check')

  const decided = await Promise.all([decide('reject'), decide('reject')])

  t.strictSame(decided.map(({ outcome }) => outcome).sort(), ['done', 'refused'])
  t.match(
    decided.find(({ outcome }) => outcome === 'refused'),
    { reason: 'ALREADY_DECIDED' },
  )
  await verified(t, ground)
})

/** The database as it looks when the connection dies while the answer to COMMIT is under way. */
function losingAnswers(db: Database, times: number): Database {
  let left = times
  return new Proxy(db, {
    get(target, name, receiver) {
      if (name !== 'transaction') return Reflect.get(target, name, receiver)
      return async () => {
        const trx = await target.transaction()
        const commit = trx.commit.bind(trx)
        trx.commit = (async () => {
          await commit()
          if (left-- > 0)
            throw Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' })
        }) as unknown as typeof trx.commit
        return trx
      }
    },
  })
}

t.test('when the answer to COMMIT is lost the fact is posted once', async (t) => {
  const teacher = newId()
  const [submitted] = await hand(ground.db, [aClaim(teacher, offering)])

  await postBatch({ ...ground, db: losingAnswers(ground.db, 2) }, [idOf(submitted)])

  t.match(await inboxRow(ground, submitted), { state: 4, seq: 2 })
  t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
  await verified(t, ground)
})

t.test('a writer who goes round the posting code is found before anything is committed', async (t) => {
  const teacher = newId()
  await hand(ground.db, [aClaim(teacher, offering)])
  await postAll(ground)
  const [submitted] = await hand(ground.db, [aClaim(teacher, await anOffering(ground))])
  const account = ground.db('account').where('account_id', idBytes(teacher))
  await account.clone().update({ version: 1 })

  await postBatch(ground, [idOf(submitted)])

  t.match(await inboxRow(ground, submitted), { state: 1, seq: null }, 'the number is taken: the fact waits')
  t.strictSame(await hoursOf(ground, teacher), { counted: 6_000, excess: 0, pending: 0 })
  await account.clone().update({ version: 2 })
  await verified(t, ground)
})

t.test('a clock that jumps back never makes an account run backwards', async (t) => {
  const teacher = newId()
  await hand(ground.db, [aClaim(teacher, offering)])
  await postAll(ground)
  const early = { ...ground, now: () => (systemClock() - 3_600_000_000) as ReturnType<typeof systemClock> }
  const [submitted] = await hand(ground.db, [aClaim(teacher, await anOffering(ground))], early.now)

  await postBatch(early, [idOf(submitted)])

  const rows = await ground
    .db('posting')
    .where('account_id', idBytes(teacher))
    .orderBy('seq')
    .select('recorded_at')
  const instants = rows.map(({ recorded_at }) => Number(recorded_at))
  t.strictSame(
    instants,
    [...instants].sort((a, b) => a - b),
  )
  t.equal(new Set(instants).size, instants.length)
  await verified(t, ground)
})
