import { idBytes, idText, idTextOrNull, safeInteger } from '../../foundation/database/codec.ts'
import type { Database, Handle, Trx } from '../../foundation/database/connect.ts'
import { isDuplicateKey, lockForUpdate } from '../../foundation/database/dialect.ts'
import { derivedId, type Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import type { Answers } from './marking.ts'
import type { Range } from './ranges.ts'
import type { LtiOrigin } from './statements.ts'

/** One person in one training class, as the course room knows her. */
export interface Enrolment {
  enrolmentId: Id
  iss: string
  sub: string
  offeringId: Id
  offeringCode: string
  trainingClassId: Id
  trainingClassCode: string
  packageId: Id
  lti: LtiOrigin
  beganAt: Instant
  finishedAt: Instant | null
  completedStatementId: Id | null
  studiedMs: number
}

/** How far an enrolment has come in one unit. */
export interface UnitState {
  unitId: string
  openedAt: Instant
  heardAt: Instant
  doneAt: Instant | null
  /** 0, 25, 50, 75 or 100: the last step that was said. */
  progress: number
  studiedMs: number
  grantedMs: number
  watched: Range[]
  draft: string | null
  attempts: number
}

/** One thing handed in. */
export interface HandedIn {
  attempt: number
  answeredAt: Instant
  content: Answers
  points: number | null
  pointsMax: number | null
  passed: boolean | null
}

/** The registration of every statement about this person in this class; the same from every launch and on every node. */
export function enrolmentIdOf(namespace: Id, iss: string, sub: string, trainingClassId: Id): Id {
  return derivedId(namespace, `${iss}|${sub}|${trainingClassId}`)
}

/** The enrolment with this id, or null; `lock` holds it until the transaction ends. */
export async function enrolmentById(
  handle: Handle,
  enrolmentId: Id,
  lock?: 'lock',
): Promise<Enrolment | null> {
  const query = handle('coursework_enrolment').where('enrolment_id', idBytes(enrolmentId)).first()
  const row = await (lock ? lockForUpdate(query) : query)
  return row ? enrolmentFrom(row) : null
}

/** The enrolment of this person in an offering that began last, or null. */
export async function latestEnrolment(
  handle: Handle,
  person: { iss: string; sub: string },
  offeringId: Id,
): Promise<Enrolment | null> {
  const rows: EnrolmentRow[] = await handle('coursework_enrolment')
    .where({ iss: person.iss, sub: person.sub, offering_id: idBytes(offeringId) })
    .orderBy('began_at', 'desc')
  const row = rows.find((each) => isOf(person, each))
  return row ? enrolmentFrom(row) : null
}

/** A server pads text with blanks when it compares, and then finds the rows of another person as well. */
function isOf(person: { iss: string; sub: string }, row: { iss: string; sub: string }): boolean {
  return row.iss === person.iss && row.sub === person.sub
}

/** What this person finished since an instant, newest first. */
export async function finishedSince(
  handle: Handle,
  person: { iss: string; sub: string },
  since: Instant,
): Promise<Enrolment[]> {
  const rows: EnrolmentRow[] = await handle('coursework_enrolment')
    .where({ iss: person.iss, sub: person.sub })
    .where('finished_at', '>=', since)
    .orderBy('finished_at', 'desc')
  return rows
    .filter((row) => isOf(person, row))
    .slice(0, 20)
    .map(enrolmentFrom)
}

/** Begins an enrolment, or finds it begun by another tab. */
export async function beginEnrolment(trx: Trx, enrolment: Enrolment): Promise<void> {
  try {
    await trx('coursework_enrolment').insert({
      enrolment_id: idBytes(enrolment.enrolmentId),
      iss: enrolment.iss,
      sub: enrolment.sub,
      offering_id: idBytes(enrolment.offeringId),
      offering_code: enrolment.offeringCode,
      training_class_id: idBytes(enrolment.trainingClassId),
      training_class_code: enrolment.trainingClassCode,
      package_id: idBytes(enrolment.packageId),
      lti: Buffer.from(JSON.stringify(enrolment.lti)),
      began_at: enrolment.beganAt,
      studied_ms: 0,
    })
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
}

/** Every unit that was opened, by its id. */
export async function unitStates(handle: Handle, enrolmentId: Id): Promise<Map<string, UnitState>> {
  const rows = await handle('coursework_unit').where('enrolment_id', idBytes(enrolmentId))
  return new Map(rows.map((row) => [row.unit_id as string, unitFrom(row)]))
}

/** Keeps the state of a unit; `fresh` when the unit is opened now. */
export async function keepUnit(trx: Trx, enrolmentId: Id, unit: UnitState, fresh: boolean): Promise<void> {
  const key = { enrolment_id: idBytes(enrolmentId), unit_id: unit.unitId }
  const values = {
    heard_at: unit.heardAt,
    done_at: unit.doneAt,
    progress: unit.progress,
    studied_ms: unit.studiedMs,
    granted_ms: unit.grantedMs,
    watched: Buffer.from(JSON.stringify(unit.watched)),
    draft: unit.draft === null ? null : Buffer.from(unit.draft),
    attempts: unit.attempts,
  }
  if (fresh) await trx('coursework_unit').insert({ ...key, opened_at: unit.openedAt, ...values })
  else await trx('coursework_unit').where(key).update(values)
}

/** Whether an event of a page was taken before. The enrolment is locked, so nobody takes it between this and `noteEvent`. */
export async function isEventKnown(trx: Trx, enrolmentId: Id, eventId: Id): Promise<boolean> {
  const key = { enrolment_id: idBytes(enrolmentId), event_id: idBytes(eventId) }
  return (await trx('coursework_event').where(key).first('recorded_at')) !== undefined
}

/** Notes that an event of a page was taken. */
export async function noteEvent(trx: Trx, enrolmentId: Id, eventId: Id, now: Instant): Promise<void> {
  const key = { enrolment_id: idBytes(enrolmentId), event_id: idBytes(eventId) }
  await trx('coursework_event').insert({ ...key, recorded_at: now })
}

/** Forgets events that no page will send again. Returns how many. */
export async function forgetEvents(db: Database, before: Instant): Promise<number> {
  return db('coursework_event').where('recorded_at', '<', before).delete()
}

/** Keeps one thing handed in. */
export async function keepAnswer(trx: Trx, enrolmentId: Id, unitId: string, answer: HandedIn): Promise<void> {
  await trx('coursework_answer').insert({
    enrolment_id: idBytes(enrolmentId),
    unit_id: unitId,
    attempt: answer.attempt,
    answered_at: answer.answeredAt,
    content: Buffer.from(JSON.stringify(answer.content)),
    points: answer.points,
    points_max: answer.pointsMax,
    passed: answer.passed === null ? null : Number(answer.passed),
  })
}

/** What was handed in for a unit, the last first. */
export async function answersTo(handle: Handle, enrolmentId: Id, unitId: string): Promise<HandedIn[]> {
  const rows = await handle('coursework_answer')
    .where({ enrolment_id: idBytes(enrolmentId), unit_id: unitId })
    .orderBy('attempt', 'desc')
  return rows.map((row) => ({
    attempt: safeInteger(row.attempt),
    answeredAt: safeInteger(row.answered_at) as Instant,
    content: JSON.parse(row.content.toString('utf8')) as Answers,
    points: row.points === null ? null : safeInteger(row.points),
    pointsMax: row.points_max === null ? null : safeInteger(row.points_max),
    passed: row.passed === null ? null : Number(row.passed) === 1,
  }))
}

/** Sets what an act adds to the enrolment as a whole. */
export async function keepEnrolment(
  trx: Trx,
  enrolmentId: Id,
  changes: { studiedMs: number; finishedAt: Instant | null; completedStatementId: Id | null },
): Promise<void> {
  await trx('coursework_enrolment')
    .where('enrolment_id', idBytes(enrolmentId))
    .update({
      studied_ms: changes.studiedMs,
      finished_at: changes.finishedAt,
      completed_statement_id: changes.completedStatementId && idBytes(changes.completedStatementId),
    })
}

interface EnrolmentRow {
  enrolment_id: Buffer
  iss: string
  sub: string
  offering_id: Buffer
  offering_code: string
  training_class_id: Buffer
  training_class_code: string
  package_id: Buffer
  lti: Buffer
  began_at: number
  finished_at: number | null
  completed_statement_id: Buffer | null
  studied_ms: number
}

function enrolmentFrom(row: EnrolmentRow): Enrolment {
  return {
    enrolmentId: idText(row.enrolment_id),
    iss: row.iss,
    sub: row.sub,
    offeringId: idText(row.offering_id),
    offeringCode: row.offering_code,
    trainingClassId: idText(row.training_class_id),
    trainingClassCode: row.training_class_code,
    packageId: idText(row.package_id),
    lti: JSON.parse(row.lti.toString('utf8')) as LtiOrigin,
    beganAt: safeInteger(row.began_at) as Instant,
    finishedAt: row.finished_at === null ? null : (safeInteger(row.finished_at) as Instant),
    completedStatementId: idTextOrNull(row.completed_statement_id),
    studiedMs: safeInteger(row.studied_ms),
  }
}

interface UnitRow {
  unit_id: string
  opened_at: number
  heard_at: number
  done_at: number | null
  progress: number
  studied_ms: number
  granted_ms: number
  watched: Buffer
  draft: Buffer | null
  attempts: number
}

function unitFrom(row: UnitRow): UnitState {
  return {
    unitId: row.unit_id,
    openedAt: safeInteger(row.opened_at) as Instant,
    heardAt: safeInteger(row.heard_at) as Instant,
    doneAt: row.done_at === null ? null : (safeInteger(row.done_at) as Instant),
    progress: safeInteger(row.progress),
    studiedMs: safeInteger(row.studied_ms),
    grantedMs: safeInteger(row.granted_ms),
    watched: JSON.parse(row.watched.toString('utf8')) as Range[],
    draft: row.draft === null ? null : row.draft.toString('utf8'),
    attempts: safeInteger(row.attempts),
  }
}
