import { idText, safeInteger } from '../../foundation/database/codec.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import {
  lockPlace,
  movePlace,
  outboxAfter,
  outboxBehind,
  relayOutbox,
} from '../../ledger/books/outbox-relay.ts'
import { enterFor, enterScoresOf } from './enter.ts'
import { lastLook, noteLook } from './lane.ts'
import { learnersById } from './targets.ts'

/** The name under which this reader of the ledger's outbox keeps its place. */
export const outboxReader = 'scores'

/**
 * Hears what the book has posted, at most `limit` postings a call, and enters the scores that follow; returns how many
 * postings it went through. Place and scores share one transaction, so each posting is heard by one process, and none is
 * passed over.
 */
export async function hearPostings(ground: Pick<Ground, 'db' | 'now' | 'log'>, limit = 100): Promise<number> {
  const { db, now, log } = ground
  const numbered = await relayOutbox(ground)
  // Looked at without a lock first: idle workers would hold each other up for nothing.
  if ((await outboxBehind(db, outboxReader)) === 0) return numbered
  const heard = await transact(
    db,
    async (trx) => {
      const place = await lockPlace(trx, outboxReader, now())
      const events = await outboxAfter(trx, { relayNo: place, limit })
      const last = events.at(-1)
      if (!last) return { postings: 0, entered: 0 }
      // An account has the id of its teacher.
      const teacherIds = [...new Set(events.map(({ accountId }) => accountId))]
      const entered = await enterScoresOf(trx, teacherIds, now())
      await movePlace(trx, outboxReader, last.relayNo, now())
      return { postings: events.length, entered }
    },
    { idempotent: true },
  )
  if (heard.entered > 0) log.info(heard, 'scores entered')
  return numbered + heard.postings
}

const marginMicros = 60_000_000
const mostLooked = 10_000
const perRound = 100

/**
 * Looks at launches for what postings cannot tell: hours that were there before the line item, and rejected scores that
 * a new launch gives another chance. What it looked at is remembered for as long as an open transaction could hide a
 * launch.
 */
export function launchLooker(ground: Pick<Ground, 'db' | 'now' | 'log'>): () => Promise<number> {
  const { db, now, log } = ground
  const seen = new Map<Id, number>()
  let through: number | null = null
  return async () => {
    through ??= await lastLook(db)
    const since = through - marginMicros
    for (const [id, at] of seen) if (at < since) seen.delete(id)
    const rows: { launch_id: Buffer; launched_at: unknown; person_id: Buffer; registration_id: Buffer }[] =
      await db('lti_launch')
        .where('launched_at', '>=', since)
        .orderBy(['launched_at', 'launch_id'])
        .limit(mostLooked)
        .select('launch_id', 'launched_at', 'person_id', 'registration_id')
    const fresh = rows.filter(({ launch_id }) => !seen.has(idText(launch_id))).slice(0, perRound)
    const last = fresh.at(-1)
    if (!last) return 0
    const personIds = [...new Set(fresh.map(({ person_id }) => idText(person_id)))]
    const lastAt = safeInteger(last.launched_at) as Instant
    const entered = await transact(
      db,
      async (trx) => {
        const learners = await learnersById(trx, personIds)
        const found = await enterFor(trx, learners, now())
        await noteLook(trx, idText(last.registration_id), lastAt)
        return found
      },
      { idempotent: true },
    )
    for (const row of fresh) seen.set(idText(row.launch_id), safeInteger(row.launched_at))
    through = Math.max(through, lastAt)
    if (entered > 0) log.info({ launches: fresh.length, entered }, 'scores entered for new launches')
    return fresh.length
  }
}
