import type { Id } from '../../foundation/ids.ts'
import { dayOf, type Instant } from '../../foundation/time.ts'
import type { ActiveLink } from '../../ledger/roster/identity.ts'
import { attemptsOf } from '../completion/attempt.ts'
import { achieved } from '../completion/attempt-work.ts'
import { type Candidate, endOf, type Limits, obstacleTo, type ReasonCode } from '../completion/guard.ts'
import type { Topic } from '../completion/topic.ts'
import type { HeldReading } from '../reading/reading.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { Source } from '../sources/source.ts'

/** What a set of rules makes of one attempt of one person, beside everything that was filed. */
export interface Verdict {
  /** Names the attempt: the same under other rules, if they tell attempts apart alike. */
  key: string
  opener: HeldReading
  /** What keeps it from being a claim; null: it would be one. */
  code: ReasonCode | null
  /** The failing condition, with value and limit. */
  detail: string
  rule: string
  endedAt: Instant
  /** What a claim would say, as text to compare by. */
  says: string
  /** Thousandths of an hour that the offering is approved for; of a session, its share by time. */
  milliHours: number
  offeringCode: string | null
  category: string | null
}

/** A verdict and whose completion it is. */
export interface PersonalVerdict extends Verdict {
  actorKey: string
  /** Null for somebody who is not linked. */
  teacherId: Id | null
  teacherNo: string | null
}

/** What judging looks at beside the readings. */
export interface Bench {
  source: Source
  rulesOn: (occurred: Instant) => RuleSet
  link: ActiveLink | null
  rivals: number
  limitsOn: (day: string, form: string | null) => Limits
  /** Codes that a person let pass for the completion that this statement opened. */
  releasedFor: (openedSeq: number) => readonly string[]
}

/** The verdicts on one topic. Pure; hours and overlaps of other claims are not looked at. */
export function verdictsOn(topic: Topic, bench: Bench): Verdict[] {
  return attemptsOf(topic).flatMap((attempt) => {
    const { achievement, ruleSet } = achieved(topic, attempt, bench.rulesOn)
    const opener = achievement.lead
    if (!opener) return []
    const candidate: Candidate = {
      opener,
      achievement,
      occasion: attempt,
      offering: topic.offering,
      link: bench.link,
      rivals: bench.rivals,
      namespaces: bench.source.actorHomePages,
      isLive: true,
      ruleSet,
      limits: bench.limitsOn(dayOf(opener.occurred), topic.offering?.form ?? null),
      times: [],
      released: new Set(bench.releasedFor(opener.seq)),
    }
    const obstacle = obstacleTo(candidate)
    const { passed, percent, isAssessed, isAttended, isWaived, durationSeconds } = achievement
    const endedAt = endOf(candidate)
    const says = [endedAt, passed, percent, isAssessed, isAttended, isWaived, durationSeconds, opener.role]
    return [
      {
        key: `${topic.key} ${attempt.key}`,
        opener,
        code: obstacle?.reason ?? null,
        detail: obstacle?.detail ?? '',
        rule: opener.rule,
        endedAt,
        says: JSON.stringify([...says, topic.offering?.offeringId ?? null, opener.sourceAmount]),
        milliHours: hoursOf(candidate),
        offeringCode: topic.offering?.code ?? null,
        category: topic.offering?.category ?? null,
      },
    ]
  })
}

function hoursOf({ offering, occasion }: Candidate): number {
  if (!offering) return 0
  const { session, trainingClass } = occasion
  if (!session || session === 'unknown' || !trainingClass || typeof trainingClass === 'string') {
    return offering.approvedMilliHours
  }
  const minutes = trainingClass.sessions.reduce((sum, one) => sum + one.minutes, 0)
  return minutes === 0 ? 0 : Math.trunc((offering.approvedMilliHours * session.minutes) / minutes)
}
