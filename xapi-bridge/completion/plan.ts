import { derivedId } from '../../foundation/ids.ts'
import type { HeldReading } from '../reading/reading.ts'
import { attemptsOf } from './attempt.ts'
import {
  achieved,
  asKnown,
  candidateFor,
  heldUp,
  keep,
  nextOpening,
  type Plan,
  type Surroundings,
  spend,
  takeBack,
  type Work,
  withdrawn,
} from './attempt-work.ts'
import { claimFact, voidFact } from './filing.ts'
import { obstacleTo, type ReasonCode } from './guard.ts'
import { keptMapping } from './hold.ts'
import { type Item, isWaiting, stateFor } from './item.ts'
import { asksWhatItMeans, isStray, withoutStrays } from './strays.ts'
import type { Topic } from './topic.ts'

/**
 * Where the completions of one topic should stand, given all its readings and the items there are. Pure, and a
 * function of the set of readings: late, repeated and voided statements end in the same place in any order. A claim
 * that was handed over is only taken back by a void.
 */
export function planTopic(topic: Topic, held: readonly Item[], around: Surroundings): Plan {
  const plan: Plan = { items: [], facts: [], refilings: [], times: [] }
  for (const attempt of attemptsOf(topic)) {
    const seqs = new Set(attempt.openers.map(({ seq }) => seq))
    const items = held.filter(({ openedSeq }) => seqs.has(openedSeq))
    planAttempt({ ...achieved(topic, attempt, around.rulesOn), topic, attempt, items, around, plan })
  }
  return plan
}

function planAttempt(work: Work): void {
  const open = work.items.filter(({ isOpen }) => isOpen).sort(byStanding)
  const [current, ...folded] = open
  // Two that were apart may turn out to be one, when an alias or a class is entered.
  for (const item of folded) {
    if (item.claimedAt === null) keep(work, withdrawn(item))
    else if (work.around.cause !== null) endClaim(work, item, work.around.cause)
  }
  if (current && settle(work, current)) return
  const own = withoutStrays(work)
  if (own) openNext(own)
}

function byStanding(a: Item, b: Item): number {
  return Number(b.claimedAt !== null) - Number(a.claimedAt !== null) || a.openedSeq - b.openedSeq
}

/** Brings the item that holds the attempt up to date; false when it let go of it. */
function settle(work: Work, item: Item): boolean {
  const { achievement, around } = work
  const opener = achievement.openers.find(({ seq }) => seq === item.openedSeq)
  if (item.state === 'dismissed' && item.claimedAt === null) {
    if (opener) return true
    keep(work, withdrawn(item))
    return false
  }
  if (item.claimedAt !== null) return settleClaimed(work, item, achievement.lead ? opener : undefined)
  if (opener && achievement.lead === opener) {
    examine(work, item, opener)
    return true
  }
  keep(work, { ...withdrawn(item), since: around.now })
  return false
}

function settleClaimed(work: Work, item: Item, opener: HeldReading | undefined): boolean {
  const { achievement, around } = work
  if (item.teacherId !== (around.link?.teacherId ?? null)) return moveClaim(work, item, opener)
  if (opener) {
    if (achievement.conflictSeq > item.keptThrough) {
      keep(work, heldUp(item, 'CONFLICT', 'failed after a credited pass', around.now))
      return true
    }
    if (asksWhatItMeans(work, item)) return true
    const released = item.released.filter((one) => isStray(work, item) || one !== keptMapping)
    const standing: Item = {
      ...item,
      state: 'claimed',
      reason: null,
      detail: null,
      released,
      since: around.now,
    }
    // What a person kept against a contradiction is not judged again.
    const isAnew = around.cause !== null && item.keptThrough === 0
    if (isAnew && rejudge(work, item, opener, around.cause as string)) return true
    if (isWaiting(item) || released.length < item.released.length) keep(work, standing)
    offerRefiling(work, item, opener)
    return true
  }
  if (around.cause !== null && item.keptThrough === 0 && achievement.causeSeq === 0) {
    endClaim(work, item, around.cause)
    return false
  }
  // Only the source can take a completion away: a mapping that changed later does not.
  if (achievement.causeSeq <= item.keptThrough) {
    asksWhatItMeans(work, item)
    return true
  }
  if (around.source.onVoid === 'review') {
    keep(work, heldUp(item, 'VOIDED_AFTER_POSTING', achievement.cause ?? '', around.now))
    return true
  }
  const cause = achievement.cause ?? `withdrawn:${item.statementId}`
  takeBack(work, item, { seq: achievement.causeSeq, fact: voidFact(item, around.source.id, cause) })
  keep(work, { ...withdrawn(item), detail: cause, since: around.now })
  return false
}

/** Ends a claim that stood under other rules. */
function endClaim(work: Work, item: Item, cause: string): void {
  const { around } = work
  takeBack(work, item, {
    seq: item.openedSeq,
    fact: voidFact(item, around.source.id, cause, 'superseded'),
  })
  keep(work, { ...withdrawn(item), detail: cause, since: around.now })
}

/** Obstacles that follow from the rules; what else changed since a claim was filed is no business of new rules. */
const ruledBy: ReadonlySet<ReasonCode> = new Set(['CLOCK_SKEW', 'CONFLICT', 'NOT_PASSED', 'UNIT_MISSING'])

/** Looks at a claim under new rules: true when it lost its ground and waits now, for a reason that the rules give. */
function rejudge(work: Work, item: Item, opener: HeldReading, cause: string): boolean {
  const { around, items, plan, topic } = work
  const candidate = candidateFor(work, item, opener)
  const obstacle = obstacleTo(candidate)
  const opening = nextOpening(items)
  const claimId = derivedId(around.source.id, `claim:${item.statementId}:${opening}`)
  const fact = voidFact(item, around.source.id, cause, 'superseded')
  if (obstacle) {
    if (!ruledBy.has(obstacle.reason)) return false
    takeBack(work, item, { seq: opener.seq, fact })
    const anew = { ...item, opening, claimId, claimedAt: null, evidence: [], reason: null, detail: null }
    examine(work, anew, opener)
    return true
  }
  if (!topic.offering) return false
  const anew = { ...asKnown(work, item, opener), opening, claimId, claimedAt: around.now }
  const filed = claimFact(anew, opener, candidate, around.source)
  plan.refilings.push({
    claimId: item.claimId,
    item: { ...anew, state: 'claimed', reason: null, detail: null, evidence: filed.evidence },
    unless: filed.fact.content,
    facts: [
      { seq: opener.seq, fact },
      { seq: opener.seq, fact: filed.fact },
    ],
  })
  return false
}

/**
 * Takes a claim back whose identifier no longer means that teacher: the completion belongs to whoever is linked now,
 * or waits for a link.
 */
function moveClaim(work: Work, item: Item, opener: HeldReading | undefined): boolean {
  const { around } = work
  takeBack(work, item, {
    seq: item.openedSeq,
    fact: voidFact(item, around.source.id, 'identity', 'wrong_data'),
  })
  // A name that has moved says anew what this is, before it is anybody's.
  if (!opener || isStray(work, item)) {
    keep(work, { ...withdrawn(item), since: around.now })
    return false
  }
  const opening = nextOpening(work.items)
  const claimId = derivedId(around.source.id, `claim:${item.statementId}:${opening}`)
  examine(
    work,
    { ...item, opening, claimId, claimedAt: null, evidence: [], reason: null, detail: null },
    opener,
  )
  return true
}

function openNext(work: Work): void {
  const { achievement, items, around } = work
  const opener = achievement.lead
  if (!opener) return
  const earlier = items.filter(({ openedSeq }) => openedSeq === opener.seq)
  const unused = earlier.find(({ claimedAt, state }) => claimedAt === null && state !== 'dismissed')
  const opening = unused?.opening ?? nextOpening(earlier)
  const suffix = `${opener.statementId}${opening > 1 ? `:${opening}` : ''}`
  const item: Item = {
    itemId: derivedId(around.source.id, `item:${suffix}`),
    sourceId: around.source.id,
    openedSeq: opener.seq,
    statementId: opener.statementId,
    opening,
    actorKey: opener.actor.key,
    completionKey: '',
    isOpen: true,
    state: 'quarantined',
    reason: null,
    detail: null,
    rules: `${work.ruleSet.label} ${opener.rule}`.slice(0, 60),
    teacherId: null,
    offeringId: null,
    trainingClassId: null,
    claimId: derivedId(around.source.id, `claim:${suffix}`),
    claimedAt: null,
    evidence: [],
    keptThrough: 0,
    // What a person let pass was the completion, whichever statement opened it.
    released: unused?.released ?? items.find(({ claimedAt }) => claimedAt === null)?.released ?? [],
    teacherHint: '',
    offeringHint: '',
    since: around.now,
  }
  examine(work, item, opener)
}

/** Decides whether a completion becomes a claim now, or waits under a reason. */
function examine(work: Work, item: Item, opener: HeldReading): void {
  const { around } = work
  const candidate = candidateFor(work, item, opener)
  const known = asKnown(work, item, opener)
  const obstacle = obstacleTo(candidate)
  if (obstacle) {
    const { reason } = obstacle
    const since = item.reason === reason ? item.since : around.now
    keep(work, { ...known, state: stateFor(reason), reason, detail: obstacle.detail.slice(0, 500), since })
    return
  }
  const { fact, evidence } = claimFact(known, opener, candidate, around.source)
  work.plan.facts.push({ seq: opener.seq, fact })
  spend(work, known, fact.content)
  const claimedAt = around.now
  keep(work, {
    ...known,
    state: 'claimed',
    reason: null,
    detail: null,
    claimedAt,
    evidence,
    since: claimedAt,
  })
}

/**
 * Offers a claim anew where evidence that policy asks for came after it was filed: filed in the other order the
 * completion would have been recognised by itself, and now it waits for the school.
 */
function offerRefiling(work: Work, item: Item, opener: HeldReading): void {
  const { attempt, around, items, plan } = work
  const candidate = candidateFor(work, item, opener)
  const { kinds } = candidate.limits
  const lacked = kinds.some((kind) => !item.evidence.includes(kind))
  if (!lacked || attempt.session || obstacleTo(candidate)) return
  const opening = nextOpening(items)
  const claimId = derivedId(around.source.id, `claim:${item.statementId}:${opening}`)
  const anew = { ...asKnown(work, item, opener), opening, claimId, claimedAt: around.now }
  const { fact, evidence } = claimFact(anew, opener, candidate, around.source)
  if (kinds.some((kind) => !evidence.includes(kind))) return
  plan.refilings.push({
    claimId: item.claimId,
    item: { ...anew, state: 'claimed', reason: null, detail: null, evidence },
    unless: null,
    facts: [
      {
        seq: opener.seq,
        fact: voidFact(item, around.source.id, `evidence:${evidence.join(',')}`, 'superseded'),
      },
      { seq: opener.seq, fact },
    ],
  })
}
