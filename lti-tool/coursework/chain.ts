import { hoursText } from '../../foundation/hours.ts'
import type { ClaimState } from '../../ledger/books/claim-states.ts'
import type { ChainStep } from '../web/components.tsx'
import type { SayCourse } from './room-page.tsx'

/** Everything that is known about one completion on its way to the book. */
export interface Journey {
  statementId: string
  finishedAt: number
  /** Where our own statement is. */
  delivery: 'waiting' | 'sent' | 'refused'
  /** How often sending it was tried. */
  attempts: number
  /** What the bridge says became of it; null while it says nothing or cannot be asked. */
  conversion: { status: string; code: string | null } | null
  /** Null until the ledger has the claim. */
  claim: ClaimState | null
}

/** How the way of a completion is told. */
export interface Told {
  steps: ChainStep[]
  /** One sentence under the chain. */
  summary: string | null
  /** In the book, or ended: nothing more comes by itself soon. */
  settled: boolean
  /** Waits for a person, so there is no hurry to ask again. */
  waitsForPerson: boolean
}

type StepName = 'completed' | 'delivery' | 'link' | 'school' | 'district' | 'posted' | 'submitted'

/**
 * Tells the way of a completion honestly: 已完成 → 待学校审核 → 区级认定 → 已入账 → 已上报, with 待送达 and 待绑定 in it
 * while they hold (domain.md §4.2). What has not happened is never shown as done.
 */
export function tell(journey: Journey, say: SayCourse): Told {
  const { delivery, conversion, claim } = journey
  if (delivery === 'waiting') {
    const note = say(journey.attempts > 0 ? 'notDeliveredLong' : 'notDelivered')
    return told(say, 'delivery', 'now', note)
  }
  if (delivery === 'refused')
    return {
      ...told(say, 'delivery', 'stopped', say('refusedByBridge', { id: journey.statementId })),
      settled: true,
    }
  if (claim) return tellClaim(claim, say)
  switch (conversion?.status) {
    case 'parked':
      return { ...told(say, 'link', 'stopped', say('awaitsLink')), waitsForPerson: true }
    case 'quarantined':
      return { ...told(say, 'school', 'stopped', reasonText(conversion.code, say)), waitsForPerson: true }
    case 'dismissed':
      return { ...told(say, 'school', 'stopped', say('rejected')), settled: true }
    case 'withdrawn':
      return { ...told(say, 'school', 'stopped', say('withdrawn')), settled: true }
    default:
      return { ...told(say, 'school', 'ahead'), summary: say('beingRead') }
  }
}

function tellClaim(claim: ClaimState, say: SayCourse): Told {
  const { counted, excess, pending } = claim.milliHours
  if (claim.claimStatus === 'withdrawn' || claim.entryStatus === 'reversed')
    return { ...told(say, 'posted', 'stopped', say('withdrawn')), settled: true }
  if (claim.claimStatus === 'rejected')
    return { ...told(say, 'district', 'stopped', say('rejected')), settled: true }
  if (counted + excess > 0) {
    const done = told(say, 'submitted', 'ahead', say('notSubmitted'))
    return { ...done, steps: withHours(done.steps, claim, say), settled: true }
  }
  if (pending > 0 && !['awaiting_check', 'awaiting_recognition'].includes(claim.reason ?? '')) {
    const note = say('postedPending', { hours: hoursText(pending), why: whyText(claim.reason, say) })
    return { ...told(say, 'posted', 'now', note), waitsForPerson: true }
  }
  if (claim.claimStatus === 'school_checked' || claim.reason === 'awaiting_recognition')
    return { ...told(say, 'district', 'now', say('awaitsDistrict')), waitsForPerson: true }
  if (claim.reason !== null && claim.reason !== 'awaiting_check')
    return { ...told(say, 'district', 'stopped', whyText(claim.reason, say)), waitsForPerson: true }
  return { ...told(say, 'school', 'now', say('awaitsSchool')), waitsForPerson: true }
}

function withHours(
  steps: ChainStep[],
  { milliHours, recognisedBy }: ClaimState,
  say: SayCourse,
): ChainStep[] {
  const { counted, excess, pending } = milliHours
  const booked = [
    say('postedHours', { hours: hoursText(counted + excess + pending), counted: hoursText(counted) }),
    excess > 0 ? say('postedExcess', { hours: hoursText(excess) }) : '',
  ]
  return steps.map((step) => {
    if (step.label === say('chain_posted')) return { ...step, note: booked.join('') }
    // Nobody checked what policy recognised by itself, and the chain does not say so.
    if (step.label === say('chain_schoolDone') && recognisedBy === 'policy')
      return { ...step, label: say('chain_schoolSpared'), note: say('schoolSpared') }
    return step
  })
}

/** Why hours stand where they stand, in words; a reason without words of its own is named by its code. */
export function whyText(reason: ClaimState['reason'], say: SayCourse): string {
  const known = KNOWN_WHYS.find((word) => word === reason)
  return known ? say(`why_of_${known}`) : say('why_of_other', { code: reason ?? '—' })
}

const KNOWN_WHYS = [
  'recognised',
  'over_cap',
  'over_max_per_item',
  'duplicate_award',
  'held',
  'policy_silent',
  'awaiting_check',
  'awaiting_recognition',
  'flagged',
  'promoted',
  'withdrawn',
  'revalued',
  'rejected',
  'released',
  'displaced',
  'late',
  'possible_duplicate',
  'offering_unknown',
  'offering_not_approved',
  'before_approval',
  'not_passed',
  'not_completed',
  'attendance_below',
  'attendance_part',
  'excluded',
  'zero',
] as const

/** The chain up to one step, which has the state and the note; all before it is done, all after it is ahead. */
function told(say: SayCourse, at: StepName, state: ChainStep['state'], note?: string): Told {
  // 待送达 and 待绑定 stand in the chain only while they hold.
  const passing: StepName[] = ['delivery', 'link']
  const names = (
    ['completed', 'delivery', 'link', 'school', 'district', 'posted', 'submitted'] as const
  ).filter((name) => name === at || !passing.includes(name))
  const place = names.indexOf(at as (typeof names)[number])
  const steps = names.map((name, index): ChainStep => {
    const stepState = index < place ? 'done' : index === place ? state : 'ahead'
    const label = name === 'school' && stepState === 'done' ? say('chain_schoolDone') : say(`chain_${name}`)
    return { label, state: stepState, ...(index === place && note ? { note } : {}) }
  })
  return { steps, summary: null, settled: false, waitsForPerson: false }
}

const KNOWN_REASONS = [
  'OFFERING_NOT_APPROVED',
  'BEFORE_APPROVAL',
  'NOT_PASSED',
  'IMPLAUSIBLE_SPEED',
  'POSSIBLE_DUPLICATE',
  'LATE_AFTER_CLOSE',
] as const

function reasonText(code: string | null, say: SayCourse): string {
  const known = KNOWN_REASONS.find((reason) => reason === code)
  return known ? say(`reason_${known}`) : say('reason_other', { code: code ?? '—' })
}

/** Milliseconds until a page asks again: quick while the hours are about to come, slow while people must act. */
export function askAgainMs(journey: Journey, told: Told, now: number): number | null {
  if (told.settled) return null
  const ageMs = (now - journey.finishedAt) / 1000
  if (told.waitsForPerson) return ageMs < 600_000 ? 10_000 : 60_000
  return ageMs < 60_000 ? 700 : ageMs < 600_000 ? 3000 : 20_000
}
