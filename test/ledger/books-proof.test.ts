import t from 'tap'
import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Row } from '../../foundation/database/dialect.ts'
import { newId, sha256 } from '../../foundation/ids.ts'
import { systemClock } from '../../foundation/time.ts'
import { anchorDocument, readAnchorDocument, takeAnchor } from '../../ledger/books/anchor.ts'
import { exceptionsOf } from '../../ledger/books/exceptions.ts'
import { verify } from '../../ledger/books/verify.ts'
import { lastVerification, verifyAndRecord } from '../../ledger/books/verify-run.ts'
import { freshDatabase } from '../support/database.ts'
import {
  aClaim,
  anAct,
  anOffering,
  aVoid,
  freshBook,
  handAndPost,
  province,
  verified,
} from './books-world.ts'

const ground = await freshBook(await freshDatabase(t))
const { db } = ground
const teacher = newId()
const offering = await anOffering(ground)
const voided = aClaim(teacher, offering)
const checked = aClaim(teacher, await anOffering(ground), { source: province, beganAt: systemClock() })
await handAndPost(ground, [voided, checked, aClaim(newId(), offering)])
await handAndPost(ground, [aVoid(voided), anAct(checked.claimId, 'school_check')])
const anchor = await takeAnchor(db, ground.now())
await handAndPost(ground, [anAct(checked.claimId, 'recognise')])
await takeAnchor(db, ground.now())

const journals = ['claim', 'claim_act', 'posting', 'entry', 'anchor', 'anchor_leaf']
const guards = journals.map((table) => `${table}_no_update`)

/** A value of the same kind that is not this one; by the column's name where the value is null. */
function other(column: string, value: Row[string]): Row[string] {
  if (Buffer.isBuffer(value))
    return Buffer.from(value.map((byte, i) => (i === value.length - 1 ? byte ^ 1 : byte)))
  if (typeof value === 'number') return value + 1
  if (/_on$/.test(column)) return '2026-01-01'
  if (typeof value === 'string') return `${value}x`
  if (/_id$/.test(column)) return idBytes(newId())
  return /^(note|source_amount|source_unit)$/.test(column) ? 'x' : 1
}

t.test('journals refuse to be changed', async (t) => {
  const outcomes = await Promise.all(
    journals.flatMap((table) => [
      db(table)
        .update({ [table.startsWith('anchor') ? 'anchor_no' : 'account_id']: null })
        .then(
          () => 'changed',
          () => 'refused',
        ),
      db(table)
        .delete()
        .then(
          () => 'deleted',
          () => 'refused',
        ),
    ]),
  )

  t.strictSame(outcomes, Array(journals.length * 2).fill('refused'))
})

t.test('verification finds every column of every journal that somebody with all rights alters', async (t) => {
  await verified(t, ground)
  for (const guard of guards) await db.raw(`DROP TRIGGER ${guard}`)

  const unseen: string[] = []
  for (const table of journals) {
    const row: Row = await db(table)
      .orderBy(Object.keys(await db(table).first())[0] as string, 'desc')
      .first()
    const names = Object.keys(row)
    for (const column of names) {
      const altered = { ...row, [column]: other(column, row[column] as Row[string]) }
      const where = (one: Row) => (query: ReturnType<typeof db>) => {
        for (const name of names) {
          if (one[name] === null) query.whereNull(name)
          else query.where(name, one[name] as string)
        }
      }
      await db(table)
        .where(where(row) as never)
        .update(column, altered[column] as string)
      if ((await verify(ground)).ok) unseen.push(`${table}.${column}`)
      await db(table)
        .where(where(altered) as never)
        .update(column, row[column] as string)
    }
  }

  t.strictSame(unseen, [], 'no altered column goes unseen')
  await verified(t, ground)
})

t.test('a finding names the account and the posting, opens a work item and is counted', async (t) => {
  const account = { account_id: idBytes(teacher), seq: 2 }
  const leg = await db('entry').where(account).where('leg', 2).first('milli_hours')
  await db('entry').where(account).where('leg', 2).update({ milli_hours: 9_000 })

  const { ok, findings } = await verifyAndRecord(ground)

  t.equal(ok, false)
  t.match(findings[0], { account: teacher, seq: 2, what: /^V2 / })
  t.match(await lastVerification(db), { findings: findings.length, accounts: 2 })
  t.match(await exceptionsOf(db, { kind: 'verification_failed' }), [
    { subjectId: teacher, detail: /V2 .*seq 2/ },
  ])
  await db('entry').where(account).where('leg', 2).update({ milli_hours: leg.milli_hours })
  await verified(t, ground)
})

t.test('a changed balance, account or inbox row is found', async (t) => {
  const found = async (table: string, change: object, back: object) => {
    await db(table).where('account_id', idBytes(teacher)).limit(1).update(change)
    const { findings } = await verify(ground)
    await db(table).where('account_id', idBytes(teacher)).update(back)
    return findings.length > 0
  }
  const account = await db('account').where('account_id', idBytes(teacher)).first()

  t.ok(await found('account', { version: 3 }, { version: account.version }))
  t.ok(await found('account', { policy_version: 9 }, { policy_version: account.policy_version }))
  t.ok(await found('account', { head_hash: sha256('x') }, { head_hash: account.head_hash }))
  const balance = await db('balance').where('account_id', idBytes(teacher)).first()
  await db('balance').where(balance).update({ milli_hours: 1 })
  t.match((await verify(ground)).findings, [{ what: /^V4 / }])
  await db('balance')
    .where({ ...balance, milli_hours: 1 })
    .update({ milli_hours: balance.milli_hours })
  await verified(t, ground)
})

t.test(
  'an anchor file names the account whose newest postings were cut off together with its row',
  async (t) => {
    const document = readAnchorDocument(JSON.stringify(await anchorDocument(db, anchor.anchorNo)))
    t.equal(document.root, anchor.root)
    t.equal((await verify(ground, { anchor: document })).ok, true)
    const row = await db('account').where('account_id', idBytes(teacher)).first()
    const first = await db('posting')
      .where({ account_id: idBytes(teacher), seq: 1 })
      .first()

    await db('account').where('account_id', idBytes(teacher)).update({ version: 1, head_hash: first.hash })
    const { findings } = await verify(ground, { anchor: document })

    t.ok(findings.some(({ account, what }) => account === teacher && what.includes('the anchor knows')))
    await db('account')
      .where('account_id', idBytes(teacher))
      .update({ version: row.version, head_hash: row.head_hash })
    await verified(t, ground)
  },
)

t.test('a category that was given another word is found', async (t) => {
  await db('code_word').where({ list: 'category', word: '师德与素养' }).update({ word: '实践体验' })

  t.match((await verify(ground)).findings, [{ what: /^V2 / }])

  await db('code_word').where({ list: 'category', word: '实践体验' }).update({ word: '师德与素养' })
  await verified(t, ground)
})

t.test('an anchor file that was changed itself is refused', async (t) => {
  const document = await anchorDocument(db, anchor.anchorNo)
  const [leaf] = document.leaves

  t.throws(() => readAnchorDocument('{'), { code: 'anchor-invalid' })
  t.throws(() => readAnchorDocument(JSON.stringify({ ...document, leaves: [{ ...leaf, version: 99 }] })), {
    code: 'anchor-invalid',
  })
})

t.test('postings of one account are chained each to the one before', async (t) => {
  const postings = await db('posting').where('account_id', idBytes(teacher)).orderBy('seq')
  const account = await db('account').where('account_id', idBytes(teacher)).first()

  t.strictSame(
    postings.map(({ seq }) => Number(seq)),
    postings.map((_, i) => i + 1),
  )
  t.strictSame(
    postings.slice(1).map(({ prev_hash }) => prev_hash),
    postings.slice(0, -1).map(({ hash }) => hash),
  )
  t.strictSame(postings.at(-1).hash, account.head_hash)
  t.equal(idText(account.teacher_id), teacher)
})
