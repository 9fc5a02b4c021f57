import type { Instant } from '../../foundation/time.ts'
import type { Attempt } from './attempt.ts'
import type { MoveOn, RuleSet } from './rule-set.ts'
import { reaches } from './score.ts'
import type { HeldReading } from './topic.ts'

/** What the readings of one attempt come to. A function of the set of them: their order of arrival is not asked. */
export interface Achievement {
  /** Openers that hold, in the order of seq; the first may open the completion. */
  openers: HeldReading[]
  isComplete: boolean
  /** Null: nobody says. */
  passed: boolean | null
  /** The best score in percent; null without one. */
  percent: string | null
  isAssessed: boolean
  isWaived: boolean
  /** Whether a session was attended beside the completion. */
  isAttended: boolean
  endedAt: Instant | null
  /** The longest duration the source gives, for plausibility. */
  durationSeconds: number | null
  /** A failure that came after the last pass, where the rules hold that for a contradiction; else 0. */
  conflictSeq: number
  /** The newest statement that could have taken the completion away; 0 when there is none. */
  causeSeq: number
  /** What took it away, for the record: `void:<statement id>` or `withdrawn:<statement id>`; null when nothing did. */
  cause: string | null
}

/** Reads one attempt. Pure. `passMark` is the offering's, decimal text; null: completing is passing. */
export function achievementOf(attempt: Attempt, ruleSet: RuleSet, passMark: string | null): Achievement {
  const standing = standingIn(attempt)
  const withdrawnAt = Math.max(
    ...standing(attempt.withdrawals).map(({ occurred }) => occurred),
    Number.NEGATIVE_INFINITY,
  )
  const openers = standing(attempt.openers)
    .filter(({ occurred }) => occurred > withdrawnAt)
    .sort((a, b) => a.seq - b.seq)
  const evidence = standing(attempt.evidence)
  const all = [...openers, ...evidence]
  const verdicts = all.map((reading) => ({ reading, passes: verdictOf(reading, ruleSet, passMark) }))
  const complete = completionOf(openers, evidence, ruleSet)
  return {
    openers,
    ...complete,
    passed: verdicts.some(({ passes }) => passes)
      ? true
      : verdicts.some(({ passes }) => passes === false)
        ? false
        : null,
    percent: best(all.map(({ percent }) => percent)),
    isAssessed: all.some(({ kind, percent }) => percent !== null || /^(passed|failed|assessed)$/.test(kind)),
    isWaived: openers.some(({ kind }) => kind === 'waived') && !openers.some(({ kind }) => kind !== 'waived'),
    isAttended: evidence.some(({ kind }) => kind === 'attended'),
    durationSeconds: longest(openers),
    conflictSeq: ruleSet.pass.failed_after_passed === 'conflict' ? failureAfterPass(verdicts) : 0,
    ...causeOf(attempt),
  }
}

/** Readings that were not voided; of statements without ids, a void of one is a void of all that say the same. */
function standingIn({ openers, evidence, withdrawals }: Attempt) {
  const voidedContent = new Set(
    [...openers, ...evidence, ...withdrawals].flatMap(({ voided, contentKey }) =>
      voided && contentKey !== null ? [contentKey] : [],
    ),
  )
  return (readings: HeldReading[]) =>
    readings.filter(
      ({ voided, contentKey }) => voided === null && !(contentKey !== null && voidedContent.has(contentKey)),
    )
}

function verdictOf(reading: HeldReading, ruleSet: RuleSet, passMark: string | null): boolean | null {
  const { kind, success, percent } = reading
  if (kind === 'move_on' || kind === 'waived' || kind === 'satisfied' || kind === 'attended') return null
  const meets = percent !== null && passMark !== null ? reaches(percent, passMark) : null
  if (ruleSet.pass.by === 'score') {
    // A quiz without a pass grade calls everything a success; without our mark that says nothing.
    return meets ?? (kind === 'failed' ? false : kind === 'assessed' ? null : success)
  }
  if (success === false || kind === 'failed') return false
  return meets ?? (kind === 'passed' ? true : success)
}

type Completed = Pick<Achievement, 'isComplete' | 'endedAt'>

function completionOf(openers: HeldReading[], evidence: HeldReading[], ruleSet: RuleSet): Completed {
  const whole = openers.filter(({ kind }) => kind === 'satisfied' || kind === 'waived')
  if (!ruleSet.move_on || whole.length > 0) {
    // Of repeats the first by its own time: which of them arrived first is chance.
    const moments = (whole.length > 0 ? whole : openers).map(({ occurred }) => occurred).sort((a, b) => a - b)
    return { isComplete: moments.length > 0, endedAt: moments[0] ?? null }
  }
  const moveOn = newest(evidence.filter(({ moveOn }) => moveOn !== null))?.moveOn ?? ruleSet.move_on.otherwise
  return byMoveOn(moveOn, earliest(openers, 'completed'), earliest(openers, 'passed'))
}

/**
 * cmi5 §13.1.4. NotApplicable asks nothing of the AU, but opening something is not hours: then too we wait for
 * completed or passed.
 */
function byMoveOn(moveOn: MoveOn, completed: Instant | null, passed: Instant | null): Completed {
  const at = (moments: (Instant | null)[], isComplete: boolean): Completed => ({
    isComplete,
    endedAt: isComplete ? (Math.max(...moments.filter((one) => one !== null)) as Instant) : null,
  })
  switch (moveOn) {
    case 'Passed':
      return at([passed], passed !== null)
    case 'Completed':
      return at([completed], completed !== null)
    case 'CompletedAndPassed':
      return at([completed, passed], completed !== null && passed !== null)
    default: {
      const first = [completed, passed].filter((one) => one !== null).sort((a, b) => a - b)[0]
      return at([first ?? null], first !== undefined)
    }
  }
}

function earliest(readings: HeldReading[], kind: string): Instant | null {
  const moments = readings.filter((one) => one.kind === kind).map(({ occurred }) => occurred)
  return moments.sort((a, b) => a - b)[0] ?? null
}

function newest(readings: HeldReading[]): HeldReading | undefined {
  return [...readings].sort((a, b) => b.occurred - a.occurred || b.seq - a.seq)[0]
}

function best(percents: (string | null)[]): string | null {
  const known = percents.filter((one) => one !== null)
  return known.reduce<string | null>((top, one) => (top === null || !reaches(top, one) ? one : top), null)
}

function longest(readings: HeldReading[]): number | null {
  const known = readings.map(({ durationSeconds }) => durationSeconds).filter((one) => one !== null)
  return known.length > 0 ? Math.max(...known) : null
}

function failureAfterPass(verdicts: { reading: HeldReading; passes: boolean | null }[]): number {
  const passes = verdicts.filter(({ passes }) => passes).map(({ reading }) => reading.occurred)
  if (passes.length === 0) return 0
  const lastPass = Math.max(...passes)
  const later = verdicts.filter(({ passes, reading }) => passes === false && reading.occurred > lastPass)
  return Math.max(0, ...later.map(({ reading }) => reading.seq))
}

function causeOf({ openers, evidence, withdrawals }: Attempt): Pick<Achievement, 'causeSeq' | 'cause'> {
  const causes = [
    ...[...openers, ...evidence, ...withdrawals].flatMap(({ voided }) =>
      voided ? [{ seq: voided.seq, cause: `void:${voided.statementId}` }] : [],
    ),
    ...withdrawals.map(({ seq, statementId }) => ({ seq, cause: `withdrawn:${statementId}` })),
    ...evidence
      .filter(({ moveOn }) => moveOn !== null)
      .map(({ seq, statementId }) => ({ seq, cause: `withdrawn:${statementId}` })),
  ].sort((a, b) => b.seq - a.seq)
  return { causeSeq: causes[0]?.seq ?? 0, cause: causes[0]?.cause ?? null }
}
