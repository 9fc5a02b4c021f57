// @lane embedded: which of several tellings counts is decided without the database.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { applyPolicyVersion } from '../../ledger/books/apply-policy.ts'
import { claimStatusOf } from '../../ledger/books/claim-states.ts'
import { postAll } from '../../ledger/books/pick.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { verify } from '../../ledger/books/verify.ts'
import { addPolicy } from '../../ledger/policy/add.ts'
import { activatePolicy } from '../../ledger/policy/store.ts'
import { conversionScene, trainingClass } from './conversion-scene.ts'
import { adlStatement, voidOf } from './lookalikes.ts'

t.setTimeout(120_000)

const lms = 'https://lms.example'
const makerId = newId()

/** The policies under which the same story is told; all else is plain. */
const policies = {
  silent: { dedupe: 'null', retake: 'null' },
  once: { dedupe: 'null', retake: 'none' },
  again: { dedupe: 'highest', retake: 'again' },
  'again, silent about duplicates': { dedupe: 'null', retake: 'again' },
}

function documentOf(name: string, { dedupe, retake }: { dedupe: string; retake: string }): string {
  const unknown = Object.entries({ dedupe, retake }).flatMap(([path, value]) =>
    value === 'null' ? [path] : [],
  )
  return `
schema: district-credit-policy/1
id: repeats.${name.replace(/\W+/g, '-')}
title: ${name}
issuer: {name: 示例区, rank: district}
status: in_force
effective: {from: 2026-01-01, to: 2030-12-31}
unit: {ledger: hour}
cycle: {years: 5, anchor: plan-period, from: 2026-01-01, to: 2030-12-31}
year: {starts: 01-01}
workflow: {approval_before_award: true, pass_required: true}
recognition: {automatic: [adl], otherwise: school_check}
rounding: {to: 0.5, mode: down}
attribution: end_date
late_registration: {days: 90}
dedupe: ${dedupe}
retake: ${retake}
unknown: [${unknown.join(', ')}]
`
}

const scene = await conversionScene(t, '2026-12-10T08:00:00Z')
const { db, now } = scene.ground
const posting = postingGround(scene.ground)
const [here, there] = [
  await scene.source({ preset: 'adl', onVoid: 'auto' }),
  await scene.source({ preset: 'adl', onVoid: 'auto' }),
]

/** Brings the district under another policy. */
async function govern(name: keyof typeof policies): Promise<void> {
  const text = documentOf(name, policies[name])
  await transact(db, (trx) => addPolicy(trx, text, { makerId, now: now() }))
  const policyId = /^id: (.+)$/m.exec(text)?.[1] as string
  const { versionNo } = await transact(db, (trx) =>
    activatePolicy(trx, { policyId, from: '2026-01-01', makerId, now: now() }),
  )
  await applyPolicyVersion(posting, versionNo, { makerId })
}

/** A teacher, an offering of their own at both sources, and what counts of it when everything is posted. */
async function learner(classes: ReturnType<typeof trainingClass>[] = []) {
  const user = randomUUID()
  const activity = `${lms}/course/${user}`
  await scene.offering({
    code: randomUUID(),
    classes,
    activities: [here, there].map(({ name }) => [name, activity]),
  })
  const teacherId: Id = await scene.teacher([lms, user])
  return {
    completed: (on: string, registration?: string, id?: string) =>
      adlStatement('completed', {
        user,
        activity,
        at: `${on}T10:00:00+08:00`,
        ...(registration && { registration }),
        ...(id && { id }),
      }),
    async hours() {
      await scene.work()
      await postAll(posting)
      const claims = (await scene.filed()).flatMap((one) =>
        one.kind === 'claim' && one.teacherId === teacherId ? [one.claimId] : [],
      )
      const states = [...(await claimStatusOf(db, claims)).values()]
      const sum = (bucket: 'counted' | 'excess' | 'pending') =>
        states.reduce((total, { milliHours }) => total + milliHours[bucket], 0) / 1000
      return { counted: sum('counted'), excess: sum('excess'), pending: sum('pending') }
    },
  }
}

for (const [name, wanted] of Object.entries({
  silent: { counted: 6, excess: 0, pending: 6 },
  once: { counted: 6, excess: 6, pending: 0 },
  again: { counted: 12, excess: 0, pending: 0 },
  'again, silent about duplicates': { counted: 12, excess: 0, pending: 0 },
}) as [keyof typeof policies, object][]) {
  t.test(`an offering without a class, under a policy that is ${name}`, async (t) => {
    await govern(name)

    t.test('one registration sent again and again is one attempt', async (t) => {
      const one = await learner()
      const registration = randomUUID()
      for (const day of ['02', '03', '04']) await here.push(one.completed(`2026-11-${day}`, registration))

      t.strictSame(await one.hours(), { counted: 6, excess: 0, pending: 0 })
    })

    t.test('two registrations at one source are two attempts, which the policy judges', async (t) => {
      const one = await learner()
      await here.push(one.completed('2026-11-02', randomUUID()))
      await one.hours()
      await here.push(one.completed('2026-12-02', randomUUID()))

      t.strictSame(await one.hours(), wanted)
    })

    t.test('two sources with registrations of their own tell of one attempt', async (t) => {
      const one = await learner()
      await here.push(one.completed('2026-11-02', randomUUID()))
      await one.hours()
      await there.push(one.completed('2026-11-03', randomUUID()))

      t.equal((await one.hours()).counted, 6)
    })

    t.test('a registration and none, at one source, are one attempt', async (t) => {
      const one = await learner()
      await here.push(one.completed('2026-11-02'), one.completed('2026-11-02', randomUUID()))

      t.equal((await one.hours()).counted, 6)
    })

    t.test('a void takes one telling back, and the other one counts', async (t) => {
      const one = await learner()
      const id = randomUUID()
      await here.push(one.completed('2026-11-02', randomUUID(), id))
      await there.push(one.completed('2026-11-03', randomUUID()))
      const both = await one.hours()
      await here.push(voidOf(id))

      t.equal(both.counted, 6)
      t.strictSame(await one.hours(), { counted: 6, excess: 0, pending: 0 })
    })

    t.test('a class of another term is another attempt, in which two sources tell of one', async (t) => {
      const one = await learner([
        trainingClass('2026-1', '2026-09-15', '2026-10-31'),
        trainingClass('2026-2', '2026-11-01', '2026-12-31'),
      ])
      await here.push(one.completed('2026-10-02', randomUUID()))
      await here.push(one.completed('2026-11-02', randomUUID()))
      await there.push(one.completed('2026-11-03', randomUUID()))

      t.equal((await one.hours()).counted, policies[name].retake === 'again' ? 12 : 6)
    })

    t.strictSame((await verify(posting)).findings, [], 'the book agrees with itself')
  })
}
