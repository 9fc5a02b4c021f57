import { idBytes, sumOf } from '../../foundation/database/codec.ts'
import type { Database, Trx } from '../../foundation/database/connect.ts'
import { transact } from '../../foundation/database/transact.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Instant } from '../../foundation/time.ts'
import { type Act, charactersOf, type Refusal, ratings } from './act.ts'
import type { CourseContent, Unit } from './document.ts'
import {
  beginEnrolment,
  type Enrolment,
  enrolmentById,
  isEventKnown,
  keepAnswer,
  keepEnrolment,
  keepUnit,
  noteEvent,
  type UnitState,
  unitStates,
} from './enrolment.ts'
import { type Answers, answersFrom, markQuiz } from './marking.ts'
import { enqueue } from './outbox.ts'
import { lockedBy, progressOf } from './progress.ts'
import { acceptRanges, coveredMs, firstGrant, grantedNow, stepOf, watchableMs } from './ranges.ts'
import { type CourseworkEvent, type Score, type StatementGround, statementOf } from './statements.ts'

/** Who studies what, as a request found it. */
export interface Study {
  /** As it is, or as it will begin with the first act. */
  enrolment: Enrolment
  content: CourseContent
  says: StatementGround
}

/** What became of one act. */
export type ActResult = { id: Id; ok: true } | { id: Id; ok: false; code: Refusal }

/** What became of a report. */
export interface Performed {
  results: ActResult[]
  units: Map<string, UnitState>
  finished: boolean
}

/**
 * Takes what a page reported: page state, what was handed in and the statements about it change in one transaction, so that an act is
 * told exactly when it counts. An act that was taken before is answered as taken.
 */
export async function perform(db: Database, study: Study, acts: Act[], now: Instant): Promise<Performed> {
  return transact(
    db,
    async (trx) => {
      const enrolment = await heldEnrolment(trx, study.enrolment)
      const sitting = new Sitting(
        trx,
        { ...study, enrolment },
        await unitStates(trx, enrolment.enrolmentId),
        now,
      )
      const results: ActResult[] = []
      for (const act of acts) results.push(await sitting.take(act))
      await sitting.keep()
      return { results, units: sitting.units, finished: sitting.finished }
    },
    { idempotent: true },
  )
}

async function heldEnrolment(trx: Trx, enrolment: Enrolment): Promise<Enrolment> {
  const held = await enrolmentById(trx, enrolment.enrolmentId, 'lock')
  if (held) return held
  await beginEnrolment(trx, enrolment)
  return (await enrolmentById(trx, enrolment.enrolmentId, 'lock')) as Enrolment
}

/** One transaction's worth of acts on one enrolment. */
class Sitting {
  readonly units: Map<string, UnitState>
  finished: boolean
  private readonly trx: Trx
  private readonly study: Study
  private readonly now: Instant
  private readonly fresh = new Set<string>()
  private readonly touched = new Set<string>()
  private readonly events: CourseworkEvent[] = []

  constructor(trx: Trx, study: Study, units: Map<string, UnitState>, now: Instant) {
    this.trx = trx
    this.study = study
    this.units = units
    this.now = now
    this.finished = study.enrolment.finishedAt !== null
  }

  /** Applies one act, unless it was applied before or cannot be. */
  async take(act: Act): Promise<ActResult> {
    if (await this.isKnown(act.id)) return { id: act.id, ok: true }
    const unit = this.study.content.units.find(({ id }) => id === act.unit)
    if (!unit) return { id: act.id, ok: false, code: 'unit-unknown' }
    const code = lockedBy(this.study.content, this.done(), unit.id)
      ? 'unit-locked'
      : this.refusalOf(act, unit)
    if (code) return { id: act.id, ok: false, code }
    await noteEvent(this.trx, this.study.enrolment.enrolmentId, act.id, this.now)
    await this.apply(act, unit, this.opened(unit))
    return { id: act.id, ok: true }
  }

  /** Writes what changed, and the statements in the order in which things happened. */
  async keep(): Promise<void> {
    const { enrolment } = this.study
    for (const unitId of this.touched) {
      const unit = this.units.get(unitId) as UnitState
      await keepUnit(this.trx, enrolment.enrolmentId, unit, this.fresh.has(unitId))
    }
    let { finishedAt, completedStatementId } = enrolment
    const studied = [...this.units.values()].reduce((sum, unit) => sum + unit.studiedMs, 0)
    // Units that stand open beside each other count their time each; nobody has two clocks.
    const studiedMs = Math.min(studied, this.courseMs())
    const completes = finishedAt === null && progressOf(this.study.content, this.done()).finished
    if (completes) this.events.push({ kind: 'completed', durationMs: studiedMs, ...(await this.outcome()) })
    const statements = this.events.map((event) => statementOf(this.study.says, event, this.now))
    if (completes) {
      finishedAt = this.now
      completedStatementId = statements.at(-1)?.statementId ?? null
    }
    await enqueue(this.trx, enrolment.enrolmentId, statements)
    if (this.touched.size > 0)
      await keepEnrolment(this.trx, enrolment.enrolmentId, { studiedMs, finishedAt, completedStatementId })
    this.finished = finishedAt !== null
  }

  private done(): Set<string> {
    return new Set(
      [...this.units.values()].filter(({ doneAt }) => doneAt !== null).map(({ unitId }) => unitId),
    )
  }

  private isKnown(eventId: Id): Promise<boolean> {
    return isEventKnown(this.trx, this.study.enrolment.enrolmentId, eventId)
  }

  private refusalOf(act: Act, unit: Unit): Refusal | null {
    switch (act.kind) {
      case 'open':
      case 'leave':
        return null
      case 'read':
        return unit.kind === 'reading' ? null : 'act-unsuited'
      case 'watch':
        return unit.kind === 'video' ? null : 'act-unsuited'
      case 'draft':
        return unit.kind === 'reflection' ? null : 'act-unsuited'
      case 'answer':
        return answerRefusal(answersFrom(unit, act.fields), unit, this.units.get(unit.id))
    }
  }

  private opened(unit: Unit): UnitState {
    const known = this.units.get(unit.id)
    this.touched.add(unit.id)
    if (known) return known
    const state: UnitState = {
      unitId: unit.id,
      openedAt: this.now,
      heardAt: this.now,
      doneAt: null,
      progress: 0,
      studiedMs: 0,
      grantedMs: firstGrant,
      watched: [],
      draft: null,
      attempts: 0,
    }
    this.units.set(unit.id, state)
    this.fresh.add(unit.id)
    this.events.push({ kind: 'initialized', unit })
    return state
  }

  private async apply(act: Act, unit: Unit, state: UnitState): Promise<void> {
    // Nobody studied longer than the clock ran since the unit was opened.
    const openMs = Math.floor((this.now - state.openedAt) / 1000)
    state.studiedMs = Math.min(state.studiedMs + act.ms, openMs)
    switch (act.kind) {
      case 'open':
        break
      case 'leave':
        this.events.push({
          kind: 'terminated',
          unit,
          visit: act.id,
          durationMs: Math.min(act.visit_ms, state.studiedMs),
        })
        break
      case 'read':
        this.advance(unit, state, 100)
        break
      case 'watch':
        if (unit.kind === 'video') this.watch(act.ranges, unit, state)
        break
      case 'draft':
        // A draft may arrive after its text was handed in.
        if (state.doneAt === null) state.draft = act.text
        break
      case 'answer':
        await this.answer(answersFrom(unit, act.fields), unit, state)
    }
    state.heardAt = this.now
  }

  private watch(ranges: [number, number][], unit: Extract<Unit, { kind: 'video' }>, state: UnitState): void {
    const rules = { durationMs: Math.round(unit.seconds * 1000), skip: unit.skip, maxSpeed: unit.max_speed }
    const elapsedMs = (this.now - state.heardAt) / 1000
    const room =
      watchableMs(this.courseMs(), this.videosBeside(unit), unit.max_speed) - coveredMs(state.watched)
    const granted = Math.min(grantedNow(state.grantedMs, elapsedMs, rules), Math.max(0, room))
    const taken = acceptRanges(state.watched, ranges, granted, rules)
    state.watched = taken.watched
    state.grantedMs = taken.leftMs
    this.advance(unit, state, stepOf(state.watched, rules.durationMs))
  }

  /** How long the clock ran since the enrolment began. */
  private courseMs(): number {
    return Math.floor((this.now - this.study.enrolment.beganAt) / 1000)
  }

  private videosBeside({ id }: Unit): { watched: [number, number][]; maxSpeed: number }[] {
    return this.study.content.units.flatMap((unit) => {
      const state = this.units.get(unit.id)
      return unit.kind === 'video' && unit.id !== id && state
        ? [{ watched: state.watched, maxSpeed: unit.max_speed }]
        : []
    })
  }

  private async answer(answers: Answers, unit: Unit, state: UnitState): Promise<void> {
    const { enrolmentId } = this.study.enrolment
    state.attempts += 1
    const marks = unit.kind === 'quiz' ? markQuiz(unit.questions, answers, unit.pass_mark) : null
    await keepAnswer(this.trx, enrolmentId, unit.id, {
      attempt: state.attempts,
      answeredAt: this.now,
      content: answers,
      points: marks?.points ?? null,
      pointsMax: marks?.max ?? null,
      passed: marks?.passed ?? null,
    })
    state.draft = null
    if (marks) {
      const score = { scaled: marks.scaled, raw: marks.points, min: 0, max: marks.max }
      this.events.push({ kind: 'assessed', unit, attempt: state.attempts, passed: marks.passed, score })
    }
    if (marks?.passed !== false) this.advance(unit, state, 100)
  }

  /** Says each step of 25 that was newly reached; the last one makes the unit done. */
  private advance(unit: Unit, state: UnitState, progress: number): void {
    const steps = unit.kind === 'video' ? [25, 50, 75, 100] : [100]
    for (const step of steps) {
      if (step > progress || step <= state.progress) continue
      state.progress = step
      this.events.push({ kind: 'progressed', unit, progress: step })
    }
    if (progress === 100 && state.doneAt === null) state.doneAt = this.now
  }

  /** Whether the tests of the course were passed, and the points of the passed attempts together. */
  private async outcome(): Promise<{ passed: boolean | null; score: Score | null }> {
    if (!this.study.content.units.some(({ kind }) => kind === 'quiz')) return { passed: null, score: null }
    const row = await this.trx('coursework_answer')
      .where({ enrolment_id: idBytes(this.study.enrolment.enrolmentId), passed: 1 })
      .sum({ raw: 'points', max: 'points_max' })
      .first()
    const raw = sumOf(row?.raw)
    const max = sumOf(row?.max)
    return { passed: true, score: { scaled: Math.round((raw / max) * 10_000) / 10_000, raw, min: 0, max } }
  }
}

function answerRefusal(answers: Answers, unit: Unit, state: UnitState | undefined): Refusal | null {
  if (state?.doneAt) return 'unit-done'
  switch (unit.kind) {
    case 'quiz': {
      if (unit.attempts !== undefined && (state?.attempts ?? 0) >= unit.attempts) return 'attempts-used'
      const complete = unit.questions.every(
        ({ id }) => Object.hasOwn(answers, id) && (answers[id]?.length ?? 0) > 0,
      )
      return complete ? null : 'answer-incomplete'
    }
    case 'reflection':
      return charactersOf(String(answers.text ?? '')) >= unit.min_characters ? null : 'reflection-short'
    case 'evaluation':
      return ratings.every((name) => /^[1-5]$/.test(String(answers[name] ?? ''))) ? null : 'answer-incomplete'
    default:
      return 'act-unsuited'
  }
}
