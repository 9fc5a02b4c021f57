import { idBytes, idText, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import { isId } from '../../foundation/ids.ts'
import { type Day, isDay } from '../../foundation/time.ts'
import { actKinds } from '../claims/claim.ts'
import { whys } from '../policy/evaluation.ts'
import { buckets } from './words.ts'

/** Which of the claims that wait for a person: those without the school's check, or those that have it. */
export type CheckStage = 'awaiting_check' | 'school_checked'

/** Whose claims: everybody's, or those of who works at these schools on this day. */
export interface WorkScope {
  schools: 'all' | readonly Id[]
  today: Day
}

/** Claims whose hours wait for a person, by the day they would count on; `next` is where the following page begins. */
export interface ClaimsToCheck {
  claimIds: Id[]
  total: number
  next: string | null
}

const pending = buckets.code('pending')
// A recognition is not among them: where policy asks for the school's check too, its hours go on waiting for that.
const decisive = (['reject', 'void', 'expire', 'supersede'] as const).map(actKinds.code)
const forPeople = (['awaiting_check', 'awaiting_recognition', 'flagged'] as const).map(whys.code)

/**
 * Claims on whose pending hours a person has to decide, oldest first. `after` is the `next` of the page before; one that
 * is not understood is ignored.
 */
export async function claimsToCheck(
  handle: Handle,
  ask: WorkScope & { stage?: CheckStage | undefined; after?: string | undefined; size?: number },
): Promise<ClaimsToCheck> {
  const size = ask.size ?? 50
  const waiting = () => handle.from(waitingClaims(handle, ask).as('w'))
  const total = sumOf((await waiting().count({ n: '*' }))[0]?.n)
  const query = waiting()
    .orderBy(['w.effective', 'w.claim_id'])
    .limit(size + 1)
    .select('w.claim_id', 'w.effective')
  const [day = '', claimId = ''] = (ask.after ?? '').split('.')
  if (isDay(day) && isId(claimId)) {
    query.where((later) =>
      later
        .where('w.effective', '>', day)
        .orWhere((same) => same.where('w.effective', day).where('w.claim_id', '>', idBytes(claimId))),
    )
  }
  const rows: { claim_id: Buffer; effective: Day }[] = await query
  const last = rows[size - 1]
  return {
    claimIds: rows.slice(0, size).map(({ claim_id }) => idText(claim_id)),
    total,
    next: rows.length > size && last ? `${last.effective}.${idText(last.claim_id)}` : null,
  }
}

function waitingClaims(
  handle: Handle,
  { stage, schools, today }: WorkScope & { stage?: CheckStage | undefined },
) {
  const acted = (kinds: readonly number[]) =>
    handle('claim_act as a')
      .whereRaw('a.account_id = e.account_id AND a.claim_id = e.claim_id')
      .whereIn('a.kind', kinds)
      .select('a.claim_id')
  // The balances say which accounts hold anything pending, so that the entries of all the others are not read.
  const query = handle('entry as e')
    .where('e.bucket', pending)
    .whereIn(
      'e.account_id',
      handle('balance').where('bucket', pending).where('milli_hours', '>', 0).select('account_id'),
    )
    .whereNotExists(acted(decisive))
    .groupBy('e.account_id', 'e.claim_id')
    .havingRaw(
      'SUM(e.milli_hours) > 0 AND MAX(CASE WHEN e.milli_hours > 0 AND e.why IN (?, ?, ?) THEN 1 ELSE 0 END) = 1',
      forPeople,
    )
    .select('e.claim_id')
    .min({ effective: 'e.effective_on' })
  const checked = acted([actKinds.code('school_check')])
  if (stage === 'school_checked') query.whereExists(checked)
  if (stage === 'awaiting_check') query.whereNotExists(checked)
  if (schools !== 'all') query.whereIn('e.account_id', accountsAt(handle, schools, today))
  return query
}

function accountsAt(handle: Handle, schools: readonly Id[], today: Day) {
  return handle('account as o')
    .join('employment as m', 'm.teacher_id', 'o.teacher_id')
    .whereIn('m.school_id', schools.map(idBytes))
    .whereNull('m.removed_at')
    .where('m.from_on', '<=', today)
    .where((open) => open.whereNull('m.to_on').orWhere('m.to_on', '>=', today))
    .select('o.account_id')
}

/** How many work items of the book are open. */
export async function openExceptionCount(handle: Handle): Promise<number> {
  return sumOf((await handle('exception').where('open_flag', 1).count({ n: '*' }))[0]?.n)
}
