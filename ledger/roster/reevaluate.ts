import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle, Trx } from '../../foundation/database/connect.ts'
import { type Id, sha256 } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { inboxStates } from '../claims/claim.ts'
import { accountOf, ledgerSourceId, submit } from '../claims/submit.ts'

/** Which of these teachers have an account in the book. */
export async function withAccount(handle: Handle, teacherIds: Id[]): Promise<Id[]> {
  const found: Id[] = []
  for (let from = 0; from < teacherIds.length; from += 400) {
    const rows = await handle('account')
      .whereIn('teacher_id', teacherIds.slice(from, from + 400).map(idBytes))
      .select('teacher_id')
    found.push(...rows.map((row) => idText(row.teacher_id)))
  }
  return found
}

/** Which of these teachers have claims that were filed and are not posted yet. */
export async function withWaitingClaims(handle: Handle, teacherIds: Id[]): Promise<Id[]> {
  const rows = await handle('inbox')
    .whereIn('state', [
      inboxStates.code('ready'),
      inboxStates.code('parked'),
      inboxStates.code('quarantined'),
    ])
    .whereNotNull('account_id')
    .distinct('account_id')
  const waiting = new Set(rows.map((row) => idText(row.account_id)))
  return teacherIds.filter((teacherId) => waiting.has(accountOf(teacherId)))
}

/**
 * Asks the book to evaluate these teachers again, because something that policy reads of them has changed. Who has no
 * account yet is left out: their first claim will read what is true then.
 */
export async function askForEvaluation(
  trx: Trx,
  order: { teacherIds: Id[]; cause: string; now: Instant },
): Promise<number> {
  const teacherIds = await withAccount(trx, order.teacherIds)
  if (teacherIds.length === 0) return 0
  const inputHash = sha256(order.cause)
  await submit(
    trx,
    [{ kind: 'evaluate', sourceId: ledgerSourceId, inputKey: order.cause, inputHash, teacherIds }],
    order.now,
  )
  return teacherIds.length
}
