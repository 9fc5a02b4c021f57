import type { Trx } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type ClaimState, claimStatesOf } from '../../ledger/books/claim-states.ts'
import { foundLineItem, wantLineItem } from './line-item.ts'
import { enterScore } from './outbox.ts'
import { type Score, scoreFrom, scoreLookup } from './score.ts'
import { type Standing, standingOf, zeroPoints } from './standing.ts'
import { type Learner, learnersOf, type Target, targetsOf } from './targets.ts'

/**
 * Enters what the gradebooks should say of these teachers now, as the ledger stands; returns how many scores are new.
 * Only what differs is entered, so telling it twice is harmless, and the order in which postings are told does not
 * matter.
 */
export async function enterScoresOf(trx: Trx, teacherIds: readonly Id[], now: Instant): Promise<number> {
  return enterFor(trx, await learnersOf(trx, teacherIds), now)
}

/** As `enterScoresOf`, for people of platforms, linked or not. */
export async function enterFor(trx: Trx, learners: readonly Learner[], now: Instant): Promise<number> {
  const targets = await targetsOf(trx, learners)
  if (targets.length === 0) return 0
  const teachers = [...new Set(learners.flatMap(({ teacherId }) => teacherId ?? []))]
  const claims = claimsByOffering(await claimStatesOf(trx, teachers))
  let entered = 0
  for (const learner of learners) {
    const own = targets.filter(({ personId }) => personId === learner.personId)
    for (const target of own) {
      const found = learner.teacherId ? claims.get(`${learner.teacherId} ${target.offeringId}`) : undefined
      if (await enterTarget(trx, learner, target, standingOf(found ?? []), now)) entered += 1
    }
  }
  return entered
}

function claimsByOffering(states: readonly ClaimState[]): Map<string, ClaimState[]> {
  const found = new Map<string, ClaimState[]>()
  for (const state of states) {
    const key = `${state.teacherId} ${state.content.offeringId}`
    found.set(key, [...(found.get(key) ?? []), state])
  }
  return found
}

async function enterTarget(
  trx: Trx,
  { teacherId }: Learner,
  target: Target,
  standing: Standing,
  now: Instant,
): Promise<boolean> {
  if (standing.kind === 'undecided') return false
  const lineItemUrl = target.lineItemUrl ?? (await foundLineItem(trx, target))
  if (lineItemUrl === null) {
    // Where to put it is looked for only once there is something to put.
    if (standing.kind === 'points') await wantLineItem(trx, target, now)
    return false
  }
  const held = await scoreAt(trx, { ...target, lineItemUrl })
  // Nothing was said, so there is nothing to take back.
  if (standing.kind === 'none' && !held) return false
  const points = standing.kind === 'points' ? standing.points : zeroPoints
  const wish = { ...target, lineItemUrl, teacherId: teacherId ?? held?.teacherId ?? null, points }
  return enterScore(trx, wish, now)
}

async function scoreAt(trx: Trx, at: Parameters<typeof scoreLookup>[0]): Promise<Score | null> {
  const row = await trx('score_outbox')
    .where({ lookup: scoreLookup(at) })
    .first()
  return row ? scoreFrom(row) : null
}
