import { idBytes, idText } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import { Conflict, InvalidInput, NotFound } from '../../foundation/errors.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { type ServiceRegistration, serviceRegistrations } from '../lti-services/service-call.ts'
import { changeLane, type LineItemRule, laneOf } from './lane.ts'
import { lookedForAgain, soughtFrom } from './line-item.ts'
import { reopenScores } from './outbox.ts'
import type { ScoreCode } from './score.ts'
import { enterScoresOn } from './seek.ts'

/** Which rejected scores are to go again; what is not named takes all. */
export interface Retry {
  scoreIds?: readonly Id[] | undefined
  registrationId?: Id | undefined
  code?: ScoreCode | undefined
}

const atOnce = 500

/** Puts rejected scores back in line; returns how many. Throws NotFound `platform-unknown`. */
export async function retryScores(ground: Ground, retry: Retry, actor: string): Promise<number> {
  const { db, now } = ground
  const registration = retry.registrationId ? await requireRegistration(db, retry.registrationId) : null
  // What is rejected again while this runs is not put back a second time.
  const begun = now()
  let reopened = 0
  for (;;) {
    const query = db('score_outbox')
      .where({ state: 'rejected' })
      .where('finished_at', '<=', begun)
      .limit(atOnce)
    if (retry.scoreIds) query.whereIn('score_id', retry.scoreIds.map(idBytes))
    if (retry.code) query.where({ code: retry.code })
    if (registration) query.where({ iss: registration.iss, client_id: registration.clientId })
    const ids = (await query.select('score_id')).map(({ score_id }) => idText(score_id))
    if (ids.length === 0) break
    reopened += await transact(db, (trx) => reopenScores(trx, ids, begun), { idempotent: true })
  }
  await transact(db, (trx) =>
    recordAudit(trx, {
      actor,
      action: 'scores-retried',
      subjectKind: 'platform_registration',
      subjectId: retry.registrationId ?? 'all',
      detail: { code: retry.code ?? null, scores: reopened },
      now: now(),
    }),
  )
  return reopened
}

/**
 * Lets the scores of a platform go again after a pause; the time they are tried for begins anew. Throws NotFound
 * `platform-unknown` and Conflict `scores-not-paused`.
 */
export async function resumeScores(ground: Ground, registrationId: Id, actor: string): Promise<void> {
  const { db, now } = ground
  const { iss, clientId } = await requireRegistration(db, registrationId)
  await transact(db, async (trx) => {
    const { pausedCode } = await laneOf(trx, registrationId)
    if (pausedCode === null)
      throw new Conflict('scores-not-paused', 'the scores of this platform are not paused')
    await changeLane(trx, registrationId, {
      paused_code: null,
      paused_at: null,
      alarm_code: null,
      alarm_since: null,
      failures: 0,
      not_before: 0,
    })
    await trx('score_outbox')
      .where({ iss, client_id: clientId, state: 'waiting' })
      .update({ not_before: now(), first_tried_at: null })
    await recordAudit(trx, {
      actor,
      action: 'scores-resumed',
      subjectKind: 'platform_registration',
      subjectId: registrationId,
      detail: { code: pausedCode },
      now: now(),
    })
  })
}

/**
 * Says whether line items that are missing may be made at a platform; where they may, absent ones are looked for again.
 * Throws NotFound `platform-unknown`.
 */
export async function setLineItemRule(
  ground: Ground,
  registrationId: Id,
  rule: LineItemRule,
  actor: string,
): Promise<void> {
  const { db, now } = ground
  const { iss, clientId } = await requireRegistration(db, registrationId)
  await transact(db, async (trx) => {
    await changeLane(trx, registrationId, { line_items: rule })
    if (rule === 'create')
      await trx('score_line_item')
        .where({ iss, client_id: clientId, state: 'absent' })
        .update(lookedForAgain(now()))
    await recordAudit(trx, {
      actor,
      action: 'line-items-ruled',
      subjectKind: 'platform_registration',
      subjectId: registrationId,
      detail: { rule },
      now: now(),
    })
  })
}

/**
 * Takes one of the candidates for the line item of a link, and enters the scores that waited for it. Throws NotFound
 * `line-item-unknown` and InvalidInput `line-item-not-offered`.
 */
export async function chooseLineItem(
  ground: Ground,
  lineItemId: Id,
  lineItemUrl: string,
  actor: string,
): Promise<void> {
  const { db, now } = ground
  const row = await db('score_line_item')
    .where({ line_item_id: idBytes(lineItemId) })
    .first()
  if (!row) throw new NotFound('line-item-unknown', 'no line item that is looked for has this id')
  const sought = soughtFrom(row)
  if (!sought.candidates.some(({ id }) => id === lineItemUrl))
    throw new InvalidInput(
      'line-item-not-offered',
      'the platform offers no such line item; choose one of the list',
    )
  await transact(db, async (trx) => {
    await trx('score_line_item')
      .where({ line_item_id: idBytes(lineItemId), state: 'choose' })
      .update({ state: 'found', line_item_url: lineItemUrl, settled_at: now() })
    await recordAudit(trx, {
      actor,
      action: 'line-item-chosen',
      subjectKind: 'offering',
      subjectId: sought.offeringId,
      detail: { line_item: lineItemId },
      now: now(),
    })
  })
  await enterScoresOn(ground, sought.offeringId)
}

async function requireRegistration(handle: Handle, registrationId: Id): Promise<ServiceRegistration> {
  const found = (await serviceRegistrations(handle)).find((one) => one.registrationId === registrationId)
  if (!found) throw new NotFound('platform-unknown', 'no platform is registered under this id')
  return found
}
