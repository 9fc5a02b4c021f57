import fc from 'fast-check'
import t from 'tap'
import { readMarks } from '../../foundation/database/marks.ts'
import { transact } from '../../foundation/database/transact.ts'
import {
  identifierKey,
  link,
  linksOf,
  linksOfTeacher,
  type PersonIdentifier,
  revokeLink,
} from '../../ledger/roster/identity.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { linkFromCsv, linkTeacher } from '../../ledger/roster/link-file.ts'
import { teacherIdsByNo } from '../../ledger/roster/people.ts'
import { freshGround } from '../support/ground.ts'
import { aRoster } from '../support/roster.ts'

const actor = 'os:tester'
const ground = await freshGround(t)
const { db } = ground

/** A roster and the ids of its three teachers. */
async function somePeople() {
  const r = aRoster()
  await importRoster(ground, r.files(), { actor })
  const nos = ['T0001', 'T0002', 'T0003'].map(r.no)
  const found = await teacherIdsByNo(db, nos)
  return { r, nos, ids: nos.map((no) => found.get(no) ?? '') }
}

function anAccount(name: string, homePage = 'https://moodle.example'): PersonIdentifier {
  return { kind: 'account', homePage, name }
}

function linkNow(identifier: PersonIdentifier, teacherId = '') {
  return transact(db, (trx) =>
    link(trx, { identifier, teacherId, madeBy: actor, reason: 'test', now: ground.now() }),
  )
}

async function teacherOf(identifier: PersonIdentifier) {
  const key = identifierKey(identifier)
  return (await linksOf(db, [key])).get(key.toString('hex'))?.teacherNo
}

t.test('identifiers are one only where every part is', async () => {
  const part = fc.string({ maxLength: 6 })
  fc.assert(
    fc.property(part, part, part, part, (homePage, name, otherPage, otherName) => {
      const isSame = identifierKey(anAccount(name, homePage)).equals(
        identifierKey(anAccount(otherName, otherPage)),
      )
      return isSame === (homePage === otherPage && name === otherName)
    }),
  )
})

t.test('mailboxes compare without regard to case and mailto:, accounts exactly', async (t) => {
  const mailbox = (mbox: string) => identifierKey({ kind: 'mbox', mbox })

  t.ok(mailbox('Li.Na@Example.org').equals(mailbox('mailto:li.na@example.org')))
  t.notOk(identifierKey(anAccount('A1')).equals(identifierKey(anAccount('a1'))))
  t.notOk(
    identifierKey({ kind: 'openid', value: 'x' }).equals(identifierKey({ kind: 'mbox_sha1sum', value: 'x' })),
  )
  t.equal(identifierKey(anAccount('x')).length, 32)
})

t.test('a link says who is meant, and saying it again changes nothing', async (t) => {
  const { ids, nos } = await somePeople()
  const account = anAccount('u1')
  const before = await readMarks(db)

  const first = await linkNow(account, ids[0])
  const again = await linkNow(account, ids[0])

  t.match(first, { outcome: 'linked' })
  t.strictSame(again, { outcome: 'known', linkId: first.linkId })
  t.equal(await teacherOf(account), nos[0])
  t.equal((await readMarks(db)).identity, before.identity + 1)
})

t.test('an identifier of one teacher is not given to another until it is revoked', async (t) => {
  const { ids, nos } = await somePeople()
  const account = anAccount('u2')
  const held = await linkNow(account, ids[0])

  t.match(await linkNow(account, ids[1]), { outcome: 'taken', teacherId: ids[0] })
  const revoke = () =>
    transact(db, (trx) =>
      revokeLink(trx, { linkId: held.linkId, revokedBy: actor, reason: '认错人', now: ground.now() }),
    )
  t.equal(await revoke(), true)
  t.equal(await revoke(), false)
  t.equal(await teacherOf(account), undefined)
  t.match(await linkNow(account, ids[1]), { outcome: 'linked' })
  t.equal(await teacherOf(account), nos[1])

  t.match(await linksOfTeacher(db, ids[0] ?? ''), [{ value: 'u2', revokedBy: actor, revokeReason: '认错人' }])
})

t.test('of two people who link one identifier at once, one is told that it is taken', async (t) => {
  const { ids } = await somePeople()
  const account = anAccount('u3')

  const outcomes = await Promise.all([0, 1, 2, 0].map((at) => linkNow(account, ids[at])))

  const winner = outcomes.find(({ outcome }) => outcome === 'linked')
  t.equal(outcomes.filter(({ outcome }) => outcome === 'linked').length, 1)
  t.ok(outcomes.every(({ linkId }) => linkId === winner?.linkId))
})

t.test('a file of links takes the good rows and gives the bad ones back', async (t) => {
  const { r, nos } = await somePeople()
  await linkNow(anAccount(r.no('held')), (await teacherIdsByNo(db, nos)).get(nos[2] ?? '') ?? '')
  const file = [
    '\uFEFFteacher_no, home_page, name',
    `${nos[0]},https://moodle.example,${r.no('a')}`,
    `${nos[0]},https://moodle.example,${r.no('a')}`,
    `${nos[1]},https://moodle.example,${r.no('held')}`,
    `T-nobody,https://moodle.example,${r.no('b')}`,
    `${nos[1]},moodle,${r.no('c')}`,
    `${nos[1]},https://moodle.example,`,
    `${nos[1]},https://moodle.example,${r.id(2)}`,
  ].join('\n')

  const result = await linkFromCsv(ground, Buffer.from(file), actor)

  t.match(result, { links: 1, unchanged: 1, failed: 5 })
  t.strictSame(
    result.failures.map(({ line, column }) => `${line} ${column}`),
    ['4 name', '5 teacher_no', '6 home_page', '7 name', '8 name'],
  )
  t.equal(await teacherOf(anAccount(r.no('a'))), nos[0])
  t.match(result.failedFile?.toString(), /T-nobody,.*,5,teacher_no,名册中没有这个教师编号/)
  t.strictSame(result.linkedKeys, [identifierKey(anAccount(r.no('a')))])
})

t.test('a file may name mailboxes instead of accounts, in one file with them', async (t) => {
  const { nos } = await somePeople()
  const [first, second, third] = nos
  const rows = [`${first},,,mailto:A${first}@School.Example`, `${second},https://moodle.example,${second}-m,`]
  const bad = [`${third},,,not a mailbox`, `${third},,,`]
  const csv = `teacher_no,home_page,name,mbox\n${[...rows, ...bad].join('\n')}\n`
  const result = await linkFromCsv(ground, Buffer.from(csv), actor)
  t.match(result, { links: 2, failed: 2, failures: [{ column: 'mbox' }, { column: 'home_page' }] })
  t.equal(await teacherOf({ kind: 'mbox', mbox: `a${first}@school.example` }), first)
  t.equal(await teacherOf(anAccount(`${second}-m`)), second)
})

t.test('a file without the three headers is refused', async (t) => {
  for (const text of ['', 'teacher_no,name\nT1,a', '教师编号\nT1']) {
    await t.rejects(linkFromCsv(ground, Buffer.from(text), actor), { code: 'identity-file-unreadable' })
  }
})

t.test('a single link is made by number and stands in the audit', async (t) => {
  const { nos } = await somePeople()
  const wish = { identifier: { kind: 'mbox' as const, mbox: 'Li@Example.org' }, actor, reason: 'command' }

  t.match(await linkTeacher(ground, { teacherNo: nos[0] ?? '', ...wish }), { outcome: 'linked' })

  t.equal(await teacherOf({ kind: 'mbox', mbox: 'li@example.org' }), nos[0])
  t.equal((await db('audit_event').where({ action: 'identity-linked', subject_id: nos[0] })).length, 1)
  await t.rejects(linkTeacher(ground, { teacherNo: 'nobody', ...wish }), { code: 'teacher-unknown' })
  for (const identifier of [
    { kind: 'account' as const, homePage: 'moodle', name: 'u1' },
    { kind: 'mbox' as const, mbox: 'nobody' },
  ]) {
    await t.rejects(linkTeacher(ground, { teacherNo: nos[0] ?? '', ...wish, identifier }), {
      code: 'identity-invalid',
    })
  }
  const byNumber = { ...wish, identifier: anAccount(aRoster().id(1)) }
  await t.rejects(linkTeacher(ground, { teacherNo: nos[0] ?? '', ...byNumber }), {
    code: 'identity-number-refused',
  })
})

t.test('identifiers longer than any column are linked by their key', async (t) => {
  const { ids, nos } = await somePeople()
  const long = anAccount('长'.repeat(5000), `https://moodle.example/${'x'.repeat(5000)}`)

  t.match(await linkNow(long, ids[0]), { outcome: 'linked' })
  t.equal(await teacherOf(long), nos[0])
})

t.test('thousands of keys are looked up at once', async (t) => {
  const { ids } = await somePeople()
  const accounts = Array.from({ length: 1200 }, (_, n) => anAccount(`many-${n}`))
  await linkNow(accounts[1100] as PersonIdentifier, ids[0])

  t.equal((await linksOf(db, accounts.map(identifierKey))).size, 1)
})
