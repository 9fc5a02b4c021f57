import t from 'tap'
import { newId } from '../../foundation/ids.ts'
import { lastAnchor } from '../../ledger/books/anchor.ts'
import { applyPolicyVersion, resumeRuns } from '../../ledger/books/apply-policy.ts'
import { mirrorCodeWords } from '../../ledger/books/code-list.ts'
import { openAccounts } from '../../ledger/books/open.ts'
import { postingGround } from '../../ledger/books/posting-ground.ts'
import { bookSteps } from '../../ledger/books/steps.ts'
import { lastVerification } from '../../ledger/books/verify-run.ts'
import { engine } from '../../ledger/policy/evaluation.ts'
import { freshGround } from '../support/ground.ts'
import { aClaim, anOffering, changeOffering, freshBook, hand, hoursOf, verified } from './books-world.ts'

const ground = await freshGround(t)
const posting = await freshBook(ground.db)
const signal = new AbortController().signal
const step = (name: string) => {
  const found = bookSteps(ground).find((one) => one.name === name)
  if (!found) throw new Error(`no step is named ${name}`)
  return found
}

const accountCount = async () => Number((await ground.db('account').count({ n: '*' }))[0]?.n)

t.test('the posting step posts what is ready and then has nothing to do', async (t) => {
  const claim = aClaim(newId(), await anOffering(posting))
  await hand(ground.db, [claim])
  const post = step('post')

  t.equal(await post.run(signal), 1)
  t.equal(await post.run(signal), 0)
  t.strictSame(await hoursOf(posting, claim.teacherId), { counted: 6_000, excess: 0, pending: 0 })
})

t.test('the verification step anchors and verifies the book once a day', async (t) => {
  t.ok((await step('verify').run(signal)) > 0)
  t.equal(await step('verify').run(signal), 0)

  t.match(await lastAnchor(ground.db), { anchorNo: 1 })
  t.match(await lastVerification(ground.db), { verificationNo: 1, findings: 0 })
})

t.test('after an update that decides otherwise every account is asked for once', async (t) => {
  const change = step('engine-change')
  while ((await change.run(signal)) > 0);
  const offering = await anOffering(posting)
  const claims = Array.from({ length: 3 }, () => aClaim(newId(), offering))
  await hand(ground.db, claims)
  await step('post').run(signal)
  // What an earlier engine would have left: hours that this one would not decide so.
  await ground
    .db('mark')
    .where({ name: 'engine' })
    .update({ version: engine - 1 })
  await changeOffering(posting, { ...offering, approvedMilliHours: 4_000 })

  const asked = await change.run(signal)
  const again = await change.run(signal)
  while ((await step('post').run(signal)) > 0);

  t.strictSame([asked, again, await change.run(signal)], [await accountCount(), 0, 0])
  const hours = await Promise.all(claims.map(({ teacherId }) => hoursOf(posting, teacherId)))
  t.strictSame(
    hours.map(({ counted }) => counted),
    [4_000, 4_000, 4_000],
  )
  await verified(t, posting)
})

t.test('a policy switch that was broken off goes on where it stopped', async (t) => {
  const teachers = Array.from({ length: 230 }, () => newId())
  await openAccounts(ground.db, teachers, ground.now())
  const cut = new AbortController()
  cut.abort()

  const first = await applyPolicyVersion(posting, 0, { signal: cut.signal })
  t.equal(first.accounts, 100)
  const resumed = await resumeRuns(postingGround(ground))

  t.equal(resumed, await accountCount())
  const behind = await ground.db('account').whereNot('policy_version', 0).select('account_id')
  t.strictSame(behind, [])
  t.strictSame(await ground.db('eval_run').where({ state: 'applying' }).select('run_id'), [])
  await verified(t, posting)
})

t.test('the words of code stand in the database for readers of SQL, each once', async (t) => {
  await ground.db.transaction((trx) => mirrorCodeWords(trx))
  await ground.db.transaction((trx) => mirrorCodeWords(trx))

  const rows = await ground.db('code_word').where({ list: 'bucket' }).orderBy('code').select('word')
  t.strictSame(
    rows.map(({ word }) => word),
    ['issued', 'counted', 'excess', 'pending', 'voided'],
  )
})
