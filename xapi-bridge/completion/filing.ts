import { derivedId, type Id, sha256 } from '../../foundation/ids.ts'
import { dayOf, type Instant } from '../../foundation/time.ts'
import type { ActFact, ClaimContent, ClaimFact } from '../../ledger/claims/claim.ts'
import type { HeldReading } from '../reading/reading.ts'
import type { Source } from '../sources/source.ts'
import type { Achievement } from './achievement.ts'
import { type Candidate, endOf } from './guard.ts'
import type { Item } from './item.ts'

/** The act that takes a claim back; the same whoever asks for it, so that it is done once. */
export function voidFact(
  item: Item,
  makerId: Id,
  cause: string,
  reason: 'withdrawn_by_source' | 'superseded' | 'wrong_data' = 'withdrawn_by_source',
): ActFact {
  const inputKey = `void:${item.claimId}`
  return {
    kind: 'act',
    sourceId: item.sourceId,
    inputKey,
    inputHash: sha256(inputKey),
    claimId: item.claimId,
    act: {
      actId: derivedId(item.claimId, 'void'),
      kind: 'void',
      reason,
      note: cause,
      makerId,
    },
  }
}

/** The claim that an item files, and the kinds of evidence it is filed with. */
export function claimFact(
  item: Item,
  opener: HeldReading,
  candidate: Candidate,
  source: Source,
): { fact: ClaimFact; evidence: string[] } {
  const suffix = item.opening > 1 ? `:${item.opening}` : ''
  const content = contentOf(item, opener, candidate, source)
  const fact: ClaimFact = {
    kind: 'claim',
    sourceId: item.sourceId,
    inputKey: `claim:${item.statementId}${suffix}`,
    inputHash: opener.rawHash,
    claimId: item.claimId,
    teacherId: item.teacherId as Id,
    content,
  }
  return { fact, evidence: content.evidence }
}

function contentOf(item: Item, opener: HeldReading, candidate: Candidate, source: Source): ClaimContent {
  const { achievement, occasion } = candidate
  const { session } = occasion
  const isSession = session !== null && session !== 'unknown'
  const endedAt = endOf(candidate)
  const seconds = isSession ? session.minutes * 60 : achievement.durationSeconds
  return {
    kind: 'completion',
    source: { id: source.id, name: source.name, preset: source.preset },
    offeringId: item.offeringId,
    trainingClassId: item.trainingClassId,
    sessionId: isSession ? session.sessionId : null,
    attempt: occasion.registration,
    role: opener.role,
    beganAt: seconds === null ? null : ((endedAt - seconds * 1_000_000) as Instant),
    endedAt,
    endedOn: dayOf(endedAt),
    receivedAt: opener.stored,
    sourceAmount: opener.sourceAmount?.value ?? null,
    sourceUnit: opener.sourceAmount?.unit ?? null,
    completion: !isSession,
    passed: isSession ? null : achievement.passed,
    scorePercent: isSession ? null : achievement.percent,
    evidence: evidenceOf(achievement, isSession),
    durationSeconds: seconds,
    rawRef: `statement:${opener.statementId}`,
    flags: achievement.isWaived ? ['waived'] : [],
  }
}

/** Kinds of evidence in the words of policies. A waiver is none: the school looks at it. */
function evidenceOf(achievement: Achievement, isSession: boolean): string[] {
  if (isSession) return ['签到']
  if (achievement.isWaived) return []
  return ['完成', ...(achievement.isAssessed ? ['测评'] : []), ...(achievement.isAttended ? ['签到'] : [])]
}
