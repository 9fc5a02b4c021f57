import t from 'tap'
import { readMarks } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import { asInstant } from '../../foundation/time.ts'
import { addPolicy } from '../../ledger/policy/add.ts'
import { policyChainFindings } from '../../ledger/policy/chain.ts'
import { loadShippedPolicies } from '../../ledger/policy/shipped.ts'
import { activatePolicy, currentPolicyVersion, policyVersionOf } from '../../ledger/policy/store.ts'
import { policyOn } from '../../ledger/policy/version.ts'
import { freshDatabase } from '../support/database.ts'
import { idOf, shipped, shippedText } from './policy-cases.ts'

const now = asInstant(1_767_225_600_000_000)
const makerId = idOf('maker')
const example = 'example.district.2026'

async function withShipped(t: Parameters<typeof freshDatabase>[0]) {
  const db = await freshDatabase(t)
  await loadShippedPolicies(db, now)
  const activate = (policyId: string, from: string) =>
    transact(db, (trx) => activatePolicy(trx, { policyId, from, makerId, now }))
  const add = (text: string) => transact(db, (trx) => addPolicy(trx, text, { makerId, now }))
  return { db, activate, add }
}

// One database for what is said about documents, and one for each test that has a timeline of its own.
const documents = await withShipped(t)

t.test('the shipped policies are known once, however often they are loaded', async (t) => {
  const { db } = documents
  const marks = await readMarks(db)

  await loadShippedPolicies(db, now)

  const rows = await db('policy_document').select('policy_id', 'version')
  t.strictSame(rows.map(({ policy_id }) => policy_id).sort(), [...shipped.keys()].sort())
  t.ok(rows.every(({ version }) => Number(version) === 1))
  t.equal((await readMarks(db)).policy, marks.policy)
})

t.test('a file with several documents is answered document by document', async (t) => {
  const { add } = documents

  const { policies, findings } = await add(shippedText('parents.yaml'))

  t.equal(policies.length, 5)
  t.ok(policies.every(({ version }) => version === 1))
  t.match(findings, [{ policyId: 'cn.js.hours', code: 'weak_source' }])
})

t.test('a changed document gets the next version, the old one stays', async (t) => {
  const { db, add } = documents

  const { policies } = await add(shippedText('example-district.yaml').replace('max: 40', 'max: 30'))

  t.strictSame(policies, [{ policyId: example, version: 2 }])
  t.equal((await db('policy_document').where({ policy_id: example })).length, 2)
})

t.test('a document whose parent is not known yet is taken, and refused when it is activated', async (t) => {
  const { add, activate } = documents

  const { findings } = await add('id: a.child\ntitle: child\ninherits: [a.parent]\n')

  t.match(findings, [{ policyId: 'a.child', code: 'parent_missing', path: 'a.parent' }])
  await t.rejects(activate('a.child', '2026-01-01'), { code: 'policy-parent-missing' })
  await add('id: a.parent\ntitle: parent\n')
  t.match(await activate('a.child', '2019-01-01'), { versionNo: Number })
})

t.test('a child that asks less than its parent is refused, unless it overrides with a quote', async (t) => {
  const { add } = documents
  const child = (more: string) => `
id: b.child
title: child
inherits: [cn.registration]
requirements:
  - {id: reg-360, at_least: {value: 300, unit: hour}${more}}
`
  await t.rejects(add(child('')), { code: 'policy-loosens-parent' })
  t.match(await add(child(', override: true, quote: 三百学时')), { policies: [{ version: 1 }] })
})

t.test('a document does not govern before it takes effect, nor after its term', async (t) => {
  const { db, activate } = documents

  const { versionNo } = await activate(example, '2025-01-01')

  t.not(policyOn(await policyVersionOf(db, versionNo), '2025-12-31')?.id, example)
  await t.rejects(activate('cn.zj.lishui.suichang.2016', '2026-01-01'), { code: 'policy-not-in-force' })
  await t.rejects(activate('no.such.policy', '2026-01-01'), { code: 'policy-unknown' })
})

t.test('a timeline', async (t) => {
  const { db, activate } = await withShipped(t)
  const before = await readMarks(db)
  const first = await activate('cn.js.changzhou.jintan.2018', '2018-03-22')
  const second = await activate(example, '2026-01-01')

  t.test('has a number for each activation, and keeps the earlier ones', async (t) => {
    const version = await policyVersionOf(db, second.versionNo)

    t.strictSame([first.versionNo, second.versionNo], [1, 2])
    t.equal(policyOn(version, '2025-12-31')?.id, 'cn.js.changzhou.jintan.2018')
    t.equal(policyOn(version, '2026-01-01')?.id, example)
    t.equal(policyOn(version, '2018-03-21'), null)
    t.equal(policyOn(version, '2031-01-01'), null, 'its own term has ended')
    t.equal(policyOn(await policyVersionOf(db, 1), '2026-01-01')?.id, 'cn.js.changzhou.jintan.2018')
  })

  t.test('keeps its number when an activation is repeated', async (t) => {
    t.strictSame(await activate(example, '2026-01-01'), second)
  })

  t.test('raises the mark; until the book moves, no policy governs', async (t) => {
    t.ok((await readMarks(db)).policy > before.policy)
    t.strictSame(await currentPolicyVersion(db), { versionNo: 0, spans: [] })
    await t.rejects(policyVersionOf(db, 99), { code: 'policy-version-unknown' })
  })

  t.test('is a journal', async (t) => {
    await t.rejects(db('policy_version').update({ engine: 9 }))
    await t.rejects(db('policy_act').delete())
    await t.rejects(db('policy_document').update({ version: 9 }))
  })
})

t.test('an altered row of a policy journal is found', async (t) => {
  const { db, activate, add } = await withShipped(t)
  await add(shippedText('example-district.yaml').replace('max: 40', 'max: 30'))
  await activate(example, '2026-01-01')
  await activate('cn.js.changzhou.jintan.2018', '2018-03-22')
  const changes = [
    ['policy_document', 'maker_id', Buffer.alloc(16)],
    ['policy_document', 'recorded_at', 1],
    ['policy_document', 'content', Buffer.from('{}')],
    ['policy_version', 'engine', 9],
    ['policy_version', 'content', Buffer.from('{}')],
    ['policy_version', 'recorded_at', 1],
    ['policy_act', 'maker_id', Buffer.alloc(16)],
    ['policy_act', 'reason', 'other'],
  ] as const

  t.strictSame(await policyChainFindings(db), [])
  for (const table of new Set(changes.map(([name]) => name))) {
    await db.raw(`DROP TRIGGER IF EXISTS \`${table}_no_update\``)
  }
  for (const [table, column, value] of changes) {
    const before = await db(table).first()
    const key =
      table === 'policy_document' ? { policy_id: before.policy_id } : { version_no: before.version_no }
    await db(table)
      .where(key)
      .update({ [column]: value })
    t.match(await policyChainFindings(db), [{ table }], `${table}.${column}`)
    await db(table)
      .where(key)
      .update({ [column]: before[column] })
  }
  t.strictSame(await policyChainFindings(db), [])
})
