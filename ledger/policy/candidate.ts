import type { Day } from '../../foundation/time.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import { awardKeyOf, type Claim } from '../claims/claim.ts'
import type { FlatPolicy } from './document.ts'
import type { Award, Part } from './evaluation.ts'

/** A claim with a value, on its way to the buckets. Steps take hours from `open` and put them into `parts`. */
export interface Candidate {
  claim: Claim
  offering: OfferingInfo | null
  /** The document that governs its day; null where none does. */
  policy: FlatPolicy | null
  /** The award key, as hex. */
  key: string
  effectiveOn: Day
  milliHours: number
  claimedMilliHours: number | null
  rule: string
  quote: string | null
  /** A person recognised it. */
  isRecognised: boolean
  /** A person set its value: what the policy leaves open about the value or the choice is decided for it. */
  isValued: boolean
  /** Set for what a closed period holds: it keeps its place and is not answered. */
  frozen: Award | null
  /** Ready, and not yet in a bucket. */
  open: number
  parts: Part[]
}

/** Canonical order of awards, which decides who takes the room under a cap (ledger.md §5.2). */
export function inCanonicalOrder(a: Candidate, b: Candidate): number {
  return (
    order(a.effectiveOn, b.effectiveOn) ||
    a.claim.content.endedAt - b.claim.content.endedAt ||
    order(a.key, b.key) ||
    order(a.claim.claimId, b.claim.claimId)
  )
}

/** Canonical order of claims that are not awards yet: the day they ended stands for the effective day. */
export function inClaimOrder(a: Claim, b: Claim): number {
  return (
    order(a.content.endedOn, b.content.endedOn) ||
    a.content.endedAt - b.content.endedAt ||
    order(keyOf(a), keyOf(b)) ||
    order(a.claimId, b.claimId)
  )
}

/** Compares text by code unit, as the database compares bytes of ASCII. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The award key of a claim as text. */
export function keyOf(claim: Claim): string {
  return awardKeyOf(claim).toString('hex')
}

/** Whether nobody has to decide about it any more. What is held was decided, and keeps its place while it is held. */
export function isReady(candidate: Candidate): boolean {
  return candidate.open > 0 || candidate.frozen !== null || candidate.parts.some(({ why }) => why === 'held')
}

/** Sends everything that is not held to one bucket. */
export function route(candidate: Candidate, part: Omit<Part, 'milliHours'>): void {
  const held = candidate.parts.filter(({ why }) => why === 'held')
  const rest = candidate.milliHours - held.reduce((sum, { milliHours }) => sum + milliHours, 0)
  candidate.open = 0
  candidate.parts = rest > 0 ? [...held, { ...part, milliHours: rest }] : held
}
