import { idBytes, idText, safeInteger, sumOf } from '../../foundation/database/codec.ts'
import type { Handle } from '../../foundation/database/connect.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day, Instant } from '../../foundation/time.ts'
import { type OfferingInfo, offeringsById } from '../../ledger/catalogue/offering.ts'
import { teachersById } from '../../ledger/roster/people.ts'
import { type ServiceRegistration, serviceRegistrations } from '../lti-services/service-call.ts'
import { type Lane, lanesOf } from './lane.ts'
import { type SoughtLineItem, soughtFrom } from './line-item.ts'
import { type Score, type ScoreCode, type ScoreState, scoreFrom } from './score.ts'

/** How the scores of one platform do. */
export interface PlatformScores
  extends Lane,
    Pick<ServiceRegistration, 'name' | 'iss' | 'clientId' | 'active'> {
  waiting: number
  sent: number
  rejected: number
  /** Since when the oldest of what waits has waited; null when nothing does. */
  waitingSince: Instant | null
  lastSentAt: Instant | null
}

/** A score as people read it. */
export interface ListedScore extends Score {
  teacherNo: string | null
  offeringCode: string | null
  offeringTitle: string | null
}

/** A line item that is looked for, as people read it. */
export interface ListedLineItem extends SoughtLineItem {
  offeringCode: string | null
  offeringTitle: string | null
}

/** Which scores a list shows. */
export interface ScoreQuery {
  state?: ScoreState | undefined
  code?: ScoreCode | undefined
  registrationId?: Id | undefined
  /** At most so many; 100 unless told. */
  limit?: number | undefined
  today: Day
}

/** How the scores of every platform do, oldest registration first. */
export async function platformScores(handle: Handle): Promise<PlatformScores[]> {
  const registrations = await serviceRegistrations(handle)
  const lanes = await lanesOf(
    handle,
    registrations.map(({ registrationId }) => registrationId),
  )
  const counts: {
    iss: string
    client_id: string
    state: ScoreState
    n: unknown
    since: unknown
    last: unknown
  }[] = await handle('score_outbox')
    .select('iss', 'client_id', 'state')
    .count({ n: '*' })
    .min({ since: 'entered_at' })
    .max({ last: 'finished_at' })
    .groupBy('iss', 'client_id', 'state')
  return registrations.map(({ name, iss, clientId, active }, index) => {
    const of = (state: ScoreState) =>
      counts.find((one) => one.iss === iss && one.client_id === clientId && one.state === state)
    const instant = (value: unknown) => (value == null ? null : (safeInteger(value) as Instant))
    return {
      ...(lanes[index] as Lane),
      name,
      iss,
      clientId,
      active,
      waiting: sumOf(of('waiting')?.n),
      sent: sumOf(of('sent')?.n),
      rejected: sumOf(of('rejected')?.n),
      waitingSince: instant(of('waiting')?.since),
      lastSentAt: instant(of('sent')?.last),
    }
  })
}

/** Scores that match, last entered first, and the line items that are not found yet. */
export async function scoreLists(
  handle: Handle,
  query: ScoreQuery,
): Promise<{ scores: ListedScore[]; total: number; lineItems: ListedLineItem[] }> {
  const pair = query.registrationId ? await pairOf(handle, query.registrationId) : null
  const matching = () => {
    const rows = handle('score_outbox')
    if (query.state) rows.where({ state: query.state })
    if (query.code) rows.where({ code: query.code })
    if (pair) rows.where({ iss: pair.iss, client_id: pair.clientId })
    return rows
  }
  const rows = await matching()
    .orderBy([
      { column: 'entered_at', order: 'desc' },
      { column: 'score_id', order: 'desc' },
    ])
    .limit(query.limit ?? 100)
  const total = sumOf((await matching().count({ n: '*' }).first())?.n)
  const scores = rows.map(scoreFrom)
  const sought = handle('score_line_item')
    .whereNot({ state: 'found' })
    .orderBy(['not_before', 'line_item_id'])
  if (pair) sought.where({ iss: pair.iss, client_id: pair.clientId })
  const lineItems = (await sought.limit(query.limit ?? 100)).map(soughtFrom)
  const offerings = await offeringsById(
    handle,
    [...scores, ...lineItems].map(({ offeringId }) => offeringId),
  )
  const teachers = await teachersById(
    handle,
    scores.flatMap(({ teacherId }) => teacherId ?? []),
    query.today,
  )
  return {
    scores: scores.map((score) => ({
      ...score,
      ...named(offerings.get(score.offeringId)),
      teacherNo: score.teacherId === null ? null : (teachers.get(score.teacherId)?.teacherNo ?? null),
    })),
    total,
    lineItems: lineItems.map((item) => ({ ...item, ...named(offerings.get(item.offeringId)) })),
  }
}

function named(offering: OfferingInfo | undefined) {
  return { offeringCode: offering?.code ?? null, offeringTitle: offering?.title ?? null }
}

/** How much of scores waits for a person: rejected ones, and line items to be settled. */
export async function scoresForPeople(handle: Handle): Promise<number> {
  const rejected = await handle('score_outbox').where({ state: 'rejected' }).count({ n: '*' }).first()
  const unsettled = await handle('score_line_item')
    .whereIn('state', ['choose', 'absent'])
    .count({ n: '*' })
    .first()
  return sumOf(rejected?.n) + sumOf(unsettled?.n)
}

async function pairOf(handle: Handle, registrationId: Id): Promise<{ iss: string; clientId: string }> {
  const row = await handle('platform_registration')
    .where({ registration_id: idBytes(registrationId) })
    .first('registration_id', 'iss', 'client_id')
  return row && idText(row.registration_id) === registrationId
    ? { iss: row.iss, clientId: row.client_id }
    : { iss: '', clientId: '' }
}
