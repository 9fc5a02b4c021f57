import type { OfferingInfo } from '../catalogue/offering.ts'
import type { ClaimContent } from '../claims/claim.ts'
import type { FlatPolicy } from './document.ts'
import type { PolicyPath, WaitingReason, Why } from './evaluation.ts'
import { compare, decimal } from './fraction.ts'
import type { Standing } from './standing.ts'

/** What keeps a value from being routed: it stands in `pending` for this reason. */
export interface Obstacle {
  why: Why
  path?: PolicyPath
}

/**
 * What still has to happen before a claim's value may be routed, or null.
 *
 * Recognition without a person needs all of: a source that policy trusts, an offering that allows it, every kind of
 * evidence that policy names for the form, and nothing that a person has to look at (interfaces.md §8).
 */
export function obstacleTo(
  content: ClaimContent,
  offering: OfferingInfo | null,
  policy: FlatPolicy,
  standing: Standing,
): Obstacle | null {
  if (standing.isHeld) return { why: 'held' }
  if (content.kind === 'resolution') return null // its ruling had a maker and a checker
  const wouldBeAutomatic = isAutomatic(content, offering, policy)
  const flags = content.flags.filter((flag) => flag !== 'waived')
  const isWaived = flags.length < content.flags.length
  if (wouldBeAutomatic && !isWaived) {
    if (flags.length === 0 || standing.isReleased || standing.isRecognised) return null
    return { why: 'flagged', path: flags.join(',') }
  }
  if (
    !standing.isChecked &&
    needsSchoolCheck(policy, offering, wouldBeAutomatic || hasTrust(content, policy))
  )
    return { why: 'awaiting_check' }
  return standing.isRecognised ? null : { why: 'awaiting_recognition' }
}

function isAutomatic(content: ClaimContent, offering: OfferingInfo | null, policy: FlatPolicy): boolean {
  if (content.kind !== 'completion' || offering?.approvalMode !== 'auto') return false
  return hasTrust(content, policy) && hasEvidence(content, offering, policy)
}

function hasTrust({ source }: ClaimContent, policy: FlatPolicy): boolean {
  const automatic = policy.recognition?.automatic ?? []
  return automatic.includes(source.name) || automatic.includes(source.preset)
}

function hasEvidence(content: ClaimContent, offering: OfferingInfo, { evidence }: FlatPolicy): boolean {
  const named = Array.isArray(evidence) ? evidence : evidence?.[offering.form]
  return Array.isArray(named) ? named.every((kind) => content.evidence.includes(kind)) : true
}

// 管理员确认 on a trusted source is proposed by the system and confirmed by the district; all else goes by the school.
function needsSchoolCheck(policy: FlatPolicy, offering: OfferingInfo | null, isTrusted: boolean): boolean {
  if (offering?.approvalMode === 'admin_confirm' && isTrusted) return false
  if (policy.recognition?.otherwise) return policy.recognition.otherwise === 'school_check'
  return [...(policy.workflow?.steps ?? []), ...(policy.workflow?.claim ?? [])].includes('学校审核')
}

/** What keeps a claim from being valued at all: it waits for this reason. */
export interface Gate {
  reason: WaitingReason
  path?: PolicyPath
}

/** Why a claim cannot be valued yet, or null: approval before award, completion and pass. */
export function gateBefore(content: ClaimContent, offering: OfferingInfo, policy: FlatPolicy): Gate | null {
  return approvalGate(content, offering, policy) ?? passGate(content, offering, policy)
}

/** Whether a project was approved before what it is claimed for had ended. */
export function approvalGate(content: ClaimContent, offering: OfferingInfo, policy: FlatPolicy): Gate | null {
  const isApproved = offering.approvedOn !== null && offering.approvedOn <= content.endedOn
  const rule = policy.workflow?.approval_before_award
  if (isApproved || rule === false) return null
  if (rule == null) return { reason: 'policy_silent', path: 'workflow.approval_before_award' }
  return { reason: offering.approvedOn === null ? 'offering_not_approved' : 'before_approval' }
}

/** Whether the offering was passed as its mark asks. Without a mark, completing is passing. */
export function passGate(content: ClaimContent, offering: OfferingInfo, policy: FlatPolicy): Gate | null {
  if (isLeftToPeople(content)) return null
  if (offering.passMark === null) {
    const isDone = content.completion || content.passed === true
    return isDone ? null : { reason: 'not_completed' }
  }
  if (hasPassed(content, offering.passMark)) return null
  const rule = policy.workflow?.pass_required
  if (rule === false) return content.completion ? null : { reason: 'not_completed' }
  if (rule == null) return { reason: 'policy_silent', path: 'workflow.pass_required' }
  return { reason: 'not_passed' }
}

// A waived course and a teacher's own claim carry no result; whether they pass is what the check decides.
function isLeftToPeople({ kind, flags, passed, scorePercent }: ClaimContent): boolean {
  if (flags.includes('waived')) return true
  return kind !== 'completion' && passed === null && scorePercent === null
}

function hasPassed({ passed, scorePercent }: ClaimContent, passMark: string): boolean {
  const [score, mark] = [scorePercent === null ? null : decimal(scorePercent), decimal(passMark)]
  if (score && mark) return passed !== false && compare(score, mark) >= 0
  return passed === true
}
