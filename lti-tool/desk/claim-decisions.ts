import { transact } from '../../foundation/database/transact.ts'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { recordAudit } from '../../ledger/audit/record.ts'
import { type ClaimState, claimStatusOf } from '../../ledger/books/claim-states.ts'
import { actOn } from '../../ledger/books/decide.ts'
import type { PostingGround } from '../../ledger/books/post.ts'
import type { ActReason } from '../../ledger/claims/claim.ts'
import { type TeacherListed, teachersById } from '../../ledger/roster/people.ts'
import { mayDo, schoolsToCheck, type Who } from './who.ts'

/** What may be decided about claims here. */
export const claimDeeds = ['school_check', 'recognise', 'reject'] as const
/** One of `claimDeeds`. */
export type ClaimDeed = (typeof claimDeeds)[number]

/** Why a claim may be refused. */
export const rejectReasons = [
  'evidence_missing',
  'not_eligible',
  'duplicate',
  'wrong_data',
  'other',
] as const satisfies readonly ActReason[]

/** How many claims went which way: `stale` were decided by somebody else, `forbidden` are not this person's to decide. */
export interface DecidedClaims {
  done: number
  waiting: number
  stale: number
  forbidden: number
}

/**
 * Whether a person may do this to a claim as it stands. A school's people decide on those who work there today, and
 * only before the district had a look; nobody decides on the own record.
 */
export function mayDecide(
  who: Who,
  deed: ClaimDeed,
  claim: Pick<ClaimState, 'teacherId' | 'claimStatus' | 'reason'>,
  teacher: TeacherListed | undefined,
  today: Day,
): boolean {
  if (who.teacherId === claim.teacherId) return false
  const isOfDistrict = mayDo(who, 'recognise')
  if (deed === 'recognise' || (deed === 'reject' && isOfDistrict)) return isOfDistrict
  if (!mayDo(who, 'school_check')) return false
  const schools = schoolsToCheck(who)
  if (schools === 'all') return true
  if (!waitsForSchool(claim)) return false
  return (teacher?.employments ?? []).some(
    ({ schoolId, from, to }) =>
      schools.includes(schoolId) && (from ?? '') <= today && (to === null || today <= to),
  )
}

// The district may recognise first; where policy asks for the school's check too, the hours still wait for that.
function waitsForSchool({ claimStatus, reason }: Pick<ClaimState, 'claimStatus' | 'reason'>): boolean {
  return claimStatus === 'awaiting_check' || (claimStatus === 'recognised' && reason === 'awaiting_check')
}

/** Decides on several claims, one after the other, each with its line in the audit. */
export async function decideClaims(
  ground: Ground,
  posting: PostingGround,
  order: {
    who: Who
    deed: ClaimDeed
    claimIds: readonly Id[]
    reason: ActReason
    note: string | null
    today: Day
  },
): Promise<DecidedClaims> {
  const { who, deed, claimIds, reason, note, today } = order
  const decided: DecidedClaims = { done: 0, waiting: 0, stale: 0, forbidden: 0 }
  const states = await claimStatusOf(ground.db, claimIds)
  const teacherIds = [...states.values()].map(({ teacherId }) => teacherId)
  const teachers = await teachersById(ground.db, teacherIds, today)
  for (const claim of states.values()) {
    if (!mayDecide(who, deed, claim, teachers.get(claim.teacherId), today)) {
      decided.forbidden += 1
      continue
    }
    if (!waitsForSchool(claim) && claim.claimStatus !== 'school_checked') {
      decided.stale += 1
      continue
    }
    const answer = await actOn(posting, {
      claimId: claim.claimId,
      kind: deed,
      reason,
      note,
      makerId: who.loginId,
    })
    decided[answer.outcome === 'refused' ? 'stale' : answer.outcome] += 1
    await transact(ground.db, (trx) =>
      recordAudit(trx, {
        actor: actorOf(who),
        action: `claim-${{ school_check: 'checked', recognise: 'recognised', reject: 'rejected' }[deed]}`,
        subjectKind: 'claim',
        subjectId: claim.claimId,
        detail: {
          outcome: answer.outcome,
          act_id: answer.actId,
          reason,
          note,
          ...(answer.outcome === 'refused' ? { refused: answer.reason } : {}),
        },
        now: ground.now(),
      }),
    )
  }
  decided.forbidden += new Set(claimIds).size - states.size
  return decided
}
