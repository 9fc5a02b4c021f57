import type { HeldReading } from '../reading/reading.ts'
import { reaches } from '../reading/score.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { Attempt } from './attempt.ts'

/** What the readings of one attempt come to. A function of the set of them: their order of arrival is not asked. */
export interface Achievement {
  /** Openers that hold. */
  openers: HeldReading[]
  /**
   * The reading that dates the completion, and opens it: the earliest by its own time, since which of several
   * arrived first is chance. Null while nothing is complete.
   */
  lead: HeldReading | null
  /** Null: nobody says. */
  passed: boolean | null
  /** The best score in percent; null without one. */
  percent: string | null
  isAssessed: boolean
  isWaived: boolean
  /** Whether a session was attended beside the completion. */
  isAttended: boolean
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
  const failed = (reading: HeldReading) => verdictOf(reading, ruleSet, passMark) === false
  const failures = ruleSet.pass.failed_after_passed === 'withdraw' ? attempt.evidence.filter(failed) : []
  const withdrawnAt = Math.max(
    ...standing([...attempt.withdrawals, ...failures]).map(({ occurred }) => occurred),
    Number.NEGATIVE_INFINITY,
  )
  const openers = standing(attempt.openers)
    .filter(({ occurred }) => occurred > withdrawnAt)
    .sort((a, b) => a.occurred - b.occurred || a.seq - b.seq)
  const evidence = standing(attempt.evidence)
  const all = [...openers, ...evidence]
  const verdicts = all.map((reading) => ({ reading, passes: verdictOf(reading, ruleSet, passMark) }))
  return {
    openers,
    lead: leadOf(openers, evidence, ruleSet),
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
    ...causeOf(attempt, failures),
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

/** Which reading makes the attempt complete; `openers` stand in the order of their own times. */
function leadOf(openers: HeldReading[], evidence: HeldReading[], ruleSet: RuleSet): HeldReading | null {
  const whole = openers.find(({ kind }) => kind === 'satisfied' || kind === 'waived')
  if (whole || !ruleSet.move_on) return whole ?? openers[0] ?? null
  const moveOn = newest(evidence.filter((one) => one.moveOn !== null))?.moveOn ?? ruleSet.move_on.otherwise
  const completed = openers.find(({ kind }) => kind === 'completed') ?? null
  const passed = openers.find(({ kind }) => kind === 'passed') ?? null
  switch (moveOn) {
    case 'Passed':
      return passed
    case 'Completed':
      return completed
    case 'CompletedAndPassed':
      if (!completed || !passed) return null
      return completed.occurred < passed.occurred ? passed : completed
    default:
      // NotApplicable asks nothing of the AU (cmi5 §13.1.4), but opening something is not hours: then too we wait.
      return openers[0] ?? null
  }
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

function causeOf(
  { openers, evidence, withdrawals }: Attempt,
  failures: HeldReading[],
): Pick<Achievement, 'causeSeq' | 'cause'> {
  const causes = [
    ...[...openers, ...evidence, ...withdrawals].flatMap(({ voided }) =>
      voided ? [{ seq: voided.seq, cause: `void:${voided.statementId}` }] : [],
    ),
    ...[...withdrawals, ...failures].map(({ seq, statementId }) => ({
      seq,
      cause: `withdrawn:${statementId}`,
    })),
    ...evidence
      .filter(({ moveOn }) => moveOn !== null)
      .map(({ seq, statementId }) => ({ seq, cause: `withdrawn:${statementId}` })),
  ].sort((a, b) => b.seq - a.seq)
  return { causeSeq: causes[0]?.seq ?? 0, cause: causes[0]?.cause ?? null }
}
