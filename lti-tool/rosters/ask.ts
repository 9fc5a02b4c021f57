import { idBytes } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import { NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { rosterFinder } from './find.ts'
import { askedFor } from './read.ts'

/**
 * Asks the worker to read a roster now, or all of them; returns how many. Courses that were opened since the last look
 * are found first. Throws NotFound `roster-unknown`.
 */
export async function askForRosters(ground: Ground, which: Id | 'all', actor: string): Promise<number> {
  const { db, now } = ground
  await rosterFinder(ground)()
  return transact(db, async (trx) => {
    const rosters = trx('platform_roster')
    if (which !== 'all') rosters.where({ roster_id: idBytes(which) })
    const asked = await rosters.update({ next_at: askedFor, attempts: 0 })
    if (asked === 0 && which !== 'all') throw new NotFound('roster-unknown', 'no roster has this id')
    await recordAudit(trx, {
      actor,
      action: 'rosters-asked',
      subjectKind: 'platform_roster',
      subjectId: which,
      detail: { rosters: asked },
      now: now(),
    })
    return asked
  })
}
