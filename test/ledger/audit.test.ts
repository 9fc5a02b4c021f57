import t from 'tap'
import type { Database } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { asInstant, systemClock } from '../../foundation/time.ts'
import { auditPage, verifyAudit } from '../../ledger/audit/read.ts'
import { type AuditEntry, recordAudit } from '../../ledger/audit/record.ts'
import { freshDatabase } from '../support/database.ts'

function anEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    actor: 'login:inspector',
    action: 'transcript-viewed',
    subjectKind: 'teacher',
    subjectId: 'T0001',
    now: systemClock(),
    ...changes,
  }
}

function record(db: Database, changes: Partial<AuditEntry> = {}) {
  return transact(db, (trx) => recordAudit(trx, anEntry(changes)))
}

t.test('events come back newest first, a page at a time, each once', async (t) => {
  const db = await freshDatabase(t)
  for (let n = 1; n <= 7; n++) {
    await record(db, {
      actor: `login:a${n % 3}`,
      subjectId: `T${n}`,
      now: asInstant(1_000_000 + Math.floor(n / 2)),
    })
  }

  const first = await auditPage(db, {}, { size: 3 })
  const second = await auditPage(db, {}, { size: 3, after: first.next ?? '' })
  const third = await auditPage(db, {}, { size: 3, after: second.next ?? '' })

  const seen = [...first.events, ...second.events, ...third.events]
  t.equal(third.next, null)
  t.strictSame(seen.map(({ subjectId }) => subjectId).sort(), ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'])
  t.strictSame(
    seen.map(({ recordedAt }) => recordedAt),
    seen.map(({ recordedAt }) => recordedAt).sort((a, b) => b - a),
  )
})

t.test('a filter finds what one actor did to one subject', async (t) => {
  const db = await freshDatabase(t)
  await record(db, { detail: { purpose: '核对' } })
  await record(db, { subjectId: 'T0002' })
  await record(db, { actor: 'login:other' })

  const { events } = await auditPage(db, { actor: 'login:inspector', subjectId: 'T0001' })

  t.equal(events.length, 1)
  t.strictSame(events[0]?.detail, { purpose: '核对' })
})

t.test('people who record at the same time all get their place in an unbroken chain', async (t) => {
  const db = await freshDatabase(t)

  await Promise.all(Array.from({ length: 12 }, (_, n) => record(db, { subjectId: `T${n}` })))

  const { ok, events } = await verifyAudit(db)
  t.equal(ok, true)
  t.equal(events, 12)
})

t.test('an event whose deed was rolled back is not there', async (t) => {
  const db = await freshDatabase(t)

  await t.rejects(
    transact(db, async (trx) => {
      await recordAudit(trx, anEntry())
      throw new Error('the deed failed')
    }),
  )

  t.equal((await auditPage(db)).events.length, 0)
})

t.test('the database refuses to change or remove an event', async (t) => {
  const db = await freshDatabase(t)
  await record(db)

  await t.rejects(db('audit_event').update({ actor: 'nobody' }))
  await t.rejects(db('audit_event').delete())
})

t.test('an event that was slipped in or changed shows in the check', async (t) => {
  const db = await freshDatabase(t)
  await record(db)
  const [row] = await db('audit_event')
  await db('audit_event').insert({ ...row, event_no: 2, actor: 'login:forger' })

  const { ok, findings } = await verifyAudit(db)

  t.equal(ok, false)
  t.strictSame(
    findings.map(({ what }) => what),
    ['link_broken', 'content_changed'],
  )
})
