import { idBytes, safeInteger } from '../../foundation/database/codec.ts'
import type { Trx } from '../../foundation/database/connect.ts'
import { Conflict } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { lockConversion } from '../reading/cursor.ts'

/**
 * Sets aside every completion of a source that waits and is no claim, inside the caller's transaction, and returns how
 * many. What its statements said on trial is never credited then; a repeat of the same completion folds into it.
 *
 * Throws Conflict (`trial-not-converted`) while statements of the source are not read yet: they would be credited once
 * it is live.
 */
export async function dismissTrial({ now }: Pick<Ground, 'now'>, trx: Trx, sourceId: Id): Promise<number> {
  const reached = await lockConversion(trx)
  const source_id = idBytes(sourceId)
  const unread = await trx('statement').where({ source_id }).andWhere('seq', '>', reached).first('seq')
  if (unread && safeInteger(unread.seq) > reached)
    throw new Conflict(
      'trial-not-converted',
      'statements of the trial are not read yet; start the worker, or wait a moment, and try again',
    )
  return trx('conversion_item')
    .where({ source_id })
    .whereIn('state', ['parked', 'quarantined'])
    .whereNull('claimed_at')
    .update({ state: 'dismissed', reason: null, since: now() })
}
