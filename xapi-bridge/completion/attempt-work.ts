import { type Id, sha256 } from '../../foundation/ids.ts'
import { dayOf, type Instant } from '../../foundation/time.ts'
import type { ClaimContent, Fact } from '../../ledger/claims/claim.ts'
import type { ActiveLink } from '../../ledger/roster/identity.ts'
import type { HeldReading } from '../reading/reading.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { Source } from '../sources/source.ts'
import { type Achievement, achievementOf } from './achievement.ts'
import type { Attempt } from './attempt.ts'
import type { Candidate, Limits, ReasonCode } from './guard.ts'
import { type Item, isWaiting } from './item.ts'
import type { SpentTime, TeacherTime } from './spent-time.ts'
import type { Topic } from './topic.ts'

/** What planning one topic may look at. */
export interface Surroundings {
  source: Source
  /** The rules in force at the time of an event. */
  rulesOn: (occurred: Instant) => RuleSet
  link: ActiveLink | null
  /** Of somebody who is not linked: how many teachers the identifier may mean. */
  rivals: number
  /** What claims of the teacher that stand say about where they were; grows and shrinks as the plan does. */
  times: SpentTime[]
  /** Where new rules are being applied: the cause that differences are posted with; else null. */
  cause: string | null
  /** What policy says about evidence of a form on a civil day. */
  limitsOn: (day: string, form: string | null) => Limits
  now: Instant
}

/** Items as they should stand, and facts for the ledger, each with the seq of the statement it follows from. */
export interface Plan {
  items: Item[]
  facts: { seq: number; fact: Fact }[]
  refilings: Refiling[]
  /** What the claims filed here say about where the teacher was. */
  times: TeacherTime[]
}

/**
 * A claim to be filed anew, as long as no person has decided on it: evidence that policy asks for came after it, or
 * new rules read it otherwise.
 */
export interface Refiling {
  /** The claim that stands. */
  claimId: Id
  item: Item
  /** Where given, it is filed anew only if the claim that stands says something else. */
  unless: ClaimContent | null
  facts: { seq: number; fact: Fact }[]
}

/** One attempt on its way into a plan. */
export interface Work {
  topic: Topic
  attempt: Attempt
  ruleSet: RuleSet
  achievement: Achievement
  items: Item[]
  around: Surroundings
  plan: Plan
}

/** What an attempt comes to, by the rules that were in force when it was first opened. */
export function achieved(topic: Topic, attempt: Attempt, rulesOn: Surroundings['rulesOn']) {
  const ruleSet = rulesOn(Math.min(...attempt.openers.map(({ occurred }) => occurred)) as Instant)
  const { passMark = null } = topic.offering ?? {}
  return { ruleSet, achievement: achievementOf(attempt, ruleSet, passMark) }
}

/** Files the act that takes a claim back, and frees the time it stood for. */
export function takeBack({ plan, around }: Work, item: Item, fact: Plan['facts'][number]): void {
  plan.facts.push(fact)
  const at = around.times.findIndex(({ itemId }) => itemId === item.itemId)
  if (at >= 0) around.times.splice(at, 1)
}

/** Numbers the claims that one statement has opened, so that none takes the id of one that was taken back. */
export function nextOpening(items: readonly Item[]): number {
  return Math.max(0, ...items.map(({ opening }) => opening)) + 1
}

/** An item that has let go of its completion; its claim, if it had one, is taken back by an act of its own. */
export function withdrawn(item: Item): Item {
  return { ...item, isOpen: false, state: 'withdrawn', reason: null }
}

/** The same item, waiting for a person under a reason; one that does so already is left as it is. */
export function heldUp(item: Item, reason: ReasonCode, detail: string, now: Instant): Item {
  if (isWaiting(item) && item.reason === reason) return item
  return { ...item, state: 'quarantined', reason, detail, since: now }
}

/** Notes where the teacher was, for what is judged after it in the same breath. */
export function spend({ plan, around, topic }: Work, item: Item, content: ClaimContent): void {
  if (item.teacherId === null || item.offeringId === null) return
  const time: TeacherTime = {
    itemId: item.itemId,
    teacherId: item.teacherId,
    offeringId: item.offeringId,
    sessionId: content.sessionId,
    beginsAt: content.beganAt,
    endsAt: content.endedAt,
  }
  plan.times.push(time)
  around.times.push({ ...time, offering: topic.offering })
}

/** All that decides whether a completion may be a claim. */
export function candidateFor(
  { topic, attempt, achievement, ruleSet, around }: Work,
  item: Pick<Item, 'itemId' | 'released'>,
  opener: HeldReading,
): Candidate {
  return {
    opener,
    achievement,
    occasion: attempt,
    offering: topic.offering,
    link: around.link,
    rivals: around.rivals,
    namespaces: around.source.actorHomePages,
    isLive: around.source.state === 'live' || around.source.state === 'revoked',
    ruleSet,
    times: around.times.filter(({ itemId }) => itemId !== item.itemId),
    limits: around.limitsOn(dayOf(opener.occurred), topic.offering?.form ?? null),
    released: new Set(item.released),
  }
}

/** An item with what is known by now about whose it is and of what. */
export function asKnown(work: Work, item: Item, opener: HeldReading): Item {
  const { topic, attempt, around } = work
  const { offering } = topic
  const { trainingClass } = attempt
  return {
    ...item,
    isOpen: true,
    actorKey: opener.actor.key,
    completionKey: completionKeyOf(work, opener),
    teacherId: around.link?.teacherId ?? null,
    offeringId: offering?.offeringId ?? null,
    trainingClassId:
      trainingClass && typeof trainingClass !== 'string' ? trainingClass.trainingClassId : null,
    teacherHint: (around.link?.teacherNo ?? nameOf(opener)).slice(0, 200),
    offeringHint: (offering?.code ?? opener.activityName ?? topic.activityId).slice(0, 200),
  }
}

/**
 * The business key inside one source (xapi.md §5.5). All names that a source has for one offering are one activity;
 * who the person is stays out, so that linking two identifiers later cannot change history.
 */
function completionKeyOf({ topic, attempt, around }: Work, opener: HeldReading): string {
  return sha256(
    `completion-key/1\n${around.source.id}\n${opener.actor.key}\n${topic.key}\n${attempt.key}`,
  ).toString('hex')
}

function nameOf({ actor: { identifier } }: HeldReading): string {
  if (identifier === null) return 'group'
  if (identifier.kind === 'account') return `${identifier.name} @ ${identifier.homePage}`
  return identifier.kind === 'mbox' ? identifier.mbox : identifier.value
}

/** Puts an item into the plan, unless it stands like that already. */
export function keep({ plan, items }: Work, item: Item): void {
  const before = items.find(({ itemId }) => itemId === item.itemId)
  if (!before || JSON.stringify(before) !== JSON.stringify(item)) plan.items.push(item)
}
