import { idBytes, idText, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { insertRows, lockForUpdate, type Row } from '../../foundation/database/dialect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import { asInstant, type Instant } from '../../foundation/time.ts'
import { accountOf, ledgerSourceId } from '../claims/submit.ts'
import { engine } from '../policy/evaluation.ts'
import { hashVersion, noHash, postingHash } from './chain.ts'
import { causeKinds, postingKinds } from './words.ts'

/** The one row of `book`. */
export interface BookRow {
  closedThrough: number
  accounts: number
  policyVersion: number
  version: number
}

/** Reads the book's row, locked until the transaction ends. */
export async function lockBook(trx: Trx): Promise<BookRow> {
  return bookOf(await lockForUpdate(trx('book').where('book_id', 1)).first())
}

/** Reads the book's row as it is now. */
export async function readBook(handle: Handle): Promise<BookRow> {
  return bookOf(await handle('book').where('book_id', 1).first())
}

function bookOf(row: Record<string, unknown>): BookRow {
  return {
    closedThrough: safeInteger(row.closed_through),
    accounts: safeInteger(row.accounts),
    policyVersion: safeInteger(row.policy_version),
    version: safeInteger(row.version),
  }
}

/**
 * Opens the accounts of teachers that have none yet, each with its first posting; answers how many it opened.
 *
 * A short transaction of its own under the book's row: an account takes its
 * stamps of policy and closed periods from there, so a close that runs at the
 * same time finds it or has stamped it. Posting never holds that row.
 */
export async function openAccounts(db: Database, teacherIds: readonly Id[], now: Instant): Promise<number> {
  return transact(db, (trx) => openInside(trx, teacherIds, now), { idempotent: true })
}

async function openInside(trx: Trx, teacherIds: readonly Id[], now: Instant): Promise<number> {
  const book = await lockBook(trx)
  const missing = await withoutAccount(trx, teacherIds)
  if (missing.length === 0) return 0
  const postings = missing.map((teacherId) => openingPosting(accountOf(teacherId), book, now))
  await insertRows(
    trx,
    'account',
    missing.map(
      (teacherId, i): Row => ({
        account_id: idBytes(accountOf(teacherId)),
        teacher_id: idBytes(teacherId),
        version: 1,
        head_hash: (postings[i] as Row).hash as Buffer,
        closed_through: book.closedThrough,
        policy_version: book.policyVersion,
        last_recorded_at: now,
        merged_into: null,
      }),
    ),
  )
  await insertRows(trx, 'posting', postings)
  await trx('book')
    .where('book_id', 1)
    .update({ accounts: book.accounts + missing.length, version: book.version + 1 })
  return missing.length
}

async function withoutAccount(trx: Trx, teacherIds: readonly Id[]): Promise<Id[]> {
  const wanted = [...new Set(teacherIds)].sort()
  const held = new Set<Id>()
  for (let from = 0; from < wanted.length; from += 500) {
    const rows = await trx('account')
      .select('account_id')
      .whereIn(
        'account_id',
        wanted.slice(from, from + 500).map((id) => idBytes(accountOf(id))),
      )
    for (const { account_id } of rows) held.add(idText(account_id))
  }
  return wanted.filter((teacherId) => !held.has(accountOf(teacherId)))
}

const noWords = { code: () => 0, word: () => '', has: () => false }

function openingPosting(accountId: Id, book: BookRow, now: Instant): Row {
  const row: Row = {
    account_id: idBytes(accountId),
    seq: 1,
    kind: postingKinds.code('open'),
    cause_kind: causeKinds.code('account'),
    cause_id: idBytes(accountId),
    authority_id: null,
    actor_id: idBytes(ledgerSourceId),
    policy_version: book.policyVersion,
    engine,
    input_digest: sha256(idBytes(accountId)),
    recorded_at: asInstant(now),
    hash_version: hashVersion,
    prev_hash: noHash,
  }
  row.hash = postingHash(row, [], [], noWords)
  return row
}
