import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { lockForUpdate } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, newId } from '../../foundation/ids.ts'
import { ledgerSourceId } from '../claims/submit.ts'
import { readStates } from './account-state.ts'
import { readWords } from './code-list.ts'
import { evaluationFactsFor } from './evaluation-facts.ts'
import { lockBook } from './open.ts'
import { planAccount } from './plan.ts'
import { lockAccounts, type PostingGround } from './post.ts'
import { writePlans } from './write.ts'

/** How many accounts one transaction of a run takes. */
const chunkSize = 100

/** What a run over the accounts came to. */
export interface AppliedPolicy {
  runId: Id
  /** Accounts that the run brought to the version. */
  accounts: number
  /** Of them, those whose hours changed. */
  accountsAffected: number
}

/**
 * Brings every account to a policy version: evaluated again under its lock, with the differences posted and the run
 * as their cause (ledger.md §5.5).
 *
 * The book moves first, so new accounts start on the version. A run that was
 * broken off goes on where it stopped, and applying the version again changes
 * nothing: an account takes a run once.
 */
export async function applyPolicyVersion(
  ground: PostingGround,
  versionNo: number,
  options: { makerId?: Id; signal?: AbortSignal } = {},
): Promise<AppliedPolicy> {
  const runId = await beginRun(ground, versionNo, options.makerId ?? ledgerSourceId)
  for (;;) {
    const moved = await moveChunk(ground, runId, versionNo)
    if (moved === 0 || options.signal?.aborted) break
  }
  return finishRun(ground, runId)
}

/** Goes on with runs that were broken off; answers how many accounts they moved. */
export async function resumeRuns(ground: PostingGround, signal?: AbortSignal): Promise<number> {
  const rows = await ground.db('eval_run').select('to_version').where({ state: 'applying', dry_run: 0 })
  let moved = 0
  for (const row of rows) {
    const options = signal ? { signal } : {}
    moved += (await applyPolicyVersion(ground, safeInteger(row.to_version), options)).accounts
  }
  return moved
}

async function beginRun(ground: PostingGround, versionNo: number, makerId: Id): Promise<Id> {
  const fresh = newId()
  return transact(
    ground.db,
    async (trx) => {
      const book = await lockBook(trx)
      const open = await trx('eval_run')
        .where({ to_version: versionNo, dry_run: 0, state: 'applying' })
        .first('run_id')
      if (open) return idText(open.run_id)
      // A later activation has the last word: whatever an earlier run left is the new run's to move.
      await trx('eval_run').where({ dry_run: 0, state: 'applying' }).update({ state: 'superseded' })
      await trx('eval_run').insert({
        run_id: idBytes(fresh),
        from_version: book.policyVersion,
        to_version: versionNo,
        dry_run: 0,
        retroactive: 0,
        state: 'applying',
        maker_id: idBytes(makerId),
        accounts_done: 0,
        accounts_changed: 0,
        started_at: ground.now(),
      })
      await trx('book')
        .where('book_id', 1)
        .update({ policy_version: versionNo, version: book.version + 1 })
      return fresh
    },
    { idempotent: true },
  )
}

/** Moves one chunk of accounts that are on another version; 0 when none is left, or when the book has moved on. */
async function moveChunk(ground: PostingGround, runId: Id, versionNo: number): Promise<number> {
  return transact(
    ground.db,
    async (trx) => {
      // Held through the chunk: an activation that comes meanwhile waits, so this run never takes an account back.
      const book = await lockBook(trx)
      if (book.policyVersion !== versionNo) return 0
      const run = await lockForUpdate(trx('eval_run').where('run_id', idBytes(runId))).first()
      const accounts = await lockAccounts(trx, await accountsElsewhere(trx, versionNo, run.cursor_id))
      const words = await readWords(trx)
      const states = [...(await readStates(trx, [...accounts.values()], words)).values()]
      if (states.length === 0) return 0
      const facts = await evaluationFactsFor(trx, ground.cache, states, { policyVersions: [versionNo] })
      const now = ground.now()
      const plans = states.map((state) =>
        planAccount(
          state,
          {
            claims: [],
            acts: [],
            evaluations: [],
            waitingVoids: new Map(),
            run: { runId, toVersion: versionNo, actorId: idText(run.maker_id) },
          },
          facts,
          now,
        ),
      )
      await writePlans(trx, plans, words)
      const changed = plans.filter(({ postings }) =>
        postings.some(({ entries }) => entries.length > 0),
      ).length
      await trx('eval_run')
        .where('run_id', idBytes(runId))
        .update({
          cursor_id: idBytes((states.at(-1) as (typeof states)[number]).accountId),
          accounts_done: safeInteger(run.accounts_done) + states.length,
          accounts_changed: safeInteger(run.accounts_changed) + changed,
        })
      return states.length
    },
    { idempotent: true },
  )
}

/** The next accounts on another version: after the cursor, and from the start when none is left behind it. */
async function accountsElsewhere(trx: Trx, versionNo: number, cursor: Buffer | null): Promise<Id[]> {
  const query = trx('account')
    .select('account_id')
    .whereNot('policy_version', versionNo)
    .orderBy('account_id')
    .limit(chunkSize)
  if (cursor) query.where('account_id', '>', cursor)
  const rows = await query
  if (rows.length === 0 && cursor) return accountsElsewhere(trx, versionNo, null)
  return rows.map(({ account_id }) => idText(account_id))
}

async function finishRun(ground: PostingGround, runId: Id): Promise<AppliedPolicy> {
  return transact(
    ground.db,
    async (trx) => {
      const run = await lockForUpdate(trx('eval_run').where('run_id', idBytes(runId))).first()
      const left = await trx('account')
        .whereNot('policy_version', safeInteger(run.to_version))
        .first('account_id')
      if (run.state === 'applying' && !left) {
        await trx('eval_run')
          .where('run_id', idBytes(runId))
          .update({ state: 'applied', finished_at: ground.now() })
      }
      return {
        runId,
        accounts: safeInteger(run.accounts_done),
        accountsAffected: safeInteger(run.accounts_changed),
      }
    },
    { idempotent: true },
  )
}
