import type { Id } from '../../foundation/ids.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import { type Candidate, inCanonicalOrder, isReady, order, route } from './candidate.ts'
import type { PolicyPath, Waiting } from './evaluation.ts'
import { occasionsOf } from './occasions.ts'

/** How one of several awards for the same thing is chosen; null where no layer says. */
type Choice = 'highest' | 'first' | 'all' | null

/**
 * Of the candidates for the same thing lets one stand, as `dedupe` and `retake` say, and sends the others to excess or
 * to pending. Answers the candidates that remain, and those that wait for a decision about an earlier one.
 */
export function choose(
  candidates: Candidate[],
  catalogue: ReadonlyMap<Id, OfferingInfo>,
): { candidates: Candidate[]; waiting: Waiting[] } {
  const rivals = candidates.filter((one) => !wasSetAside(one))
  const sameOccasion = oneOfEachKey(rivals)
  const told = without(rivals, sameOccasion)
  const otherAttempts = oneAttempt(told, rivals)
  const left = without(told, otherAttempts)
  oneOfPathAndParts(left, catalogue)
  return { candidates: left, waiting: [...sameOccasion, ...otherAttempts] }
}

/** What a closed period holds beside something that was chosen then: it displaces nothing, and counts under no cap. */
function wasSetAside({ frozen }: Candidate): boolean {
  return frozen?.split.every(({ why }) => why === 'duplicate_award' || why === 'policy_silent') ?? false
}

function without(candidates: Candidate[], waiting: Waiting[]): Candidate[] {
  const waits = new Set(waiting.map(({ claimId }) => claimId))
  return waits.size === 0 ? candidates : candidates.filter(({ claim }) => !waits.has(claim.claimId))
}

/** The same occasion told by several claims. */
function oneOfEachKey(candidates: Candidate[]): Waiting[] {
  return groupsOf(candidates, ({ key }) => key).flatMap(oneTelling)
}

/** One of several claims that tell the same, as `dedupe` says. */
function oneTelling(group: Candidate[]): Waiting[] {
  const choice = dedupeOf(group)
  if (choice === 'all') return []
  const first = firstReceived(group)
  if (!isDecided(group, first)) return group.filter((one) => one !== first).map((one) => waitsFor(first, one))
  return settle(group, choice, 'dedupe')
}

/** Whether one of a group may be chosen now: the first that was told of is ready, or a person recognised another. */
function isDecided(group: Candidate[], first: Candidate): boolean {
  return isReady(first) || group.some((one) => one.frozen || (isReady(one) && one.isRecognised))
}

/**
 * Another class or attempt of an offering, in the same role. What another source tells while the first word is not
 * decided may be the same occasion under another name, so it waits; a second attempt at the same source is one.
 * `told` has also what waits or was set aside as told before.
 */
function oneAttempt(candidates: Candidate[], told: readonly Candidate[]): Waiting[] {
  const withOffering = standing(candidates).filter(({ offering }) => offering !== null)
  return groupsOf(withOffering, keyOfAttempts).flatMap((group) => {
    const retake = group.at(-1)?.policy?.retake ?? null
    const choice = retake && choiceOfRetake[retake]
    if (choice === 'all') return oneOfEachOccasion(group, told)
    const first = firstReceived(group)
    const waiting = isDecided(group, first)
      ? []
      : group.filter((one) => sourceOf(one) !== sourceOf(first)).map((one) => waitsFor(first, one))
    const left = without(group, waiting)
    if (left.length > 1 && left.some(isReady)) settle(left, choice, 'retake')
    return waiting
  })
}

/** Every attempt counts; what is one attempt under several names counts once (docs/decisions/0020). */
function oneOfEachOccasion(group: Candidate[], told: readonly Candidate[]): Waiting[] {
  const key = keyOfAttempts(group[0] as Candidate)
  const tellings = told.filter((one) => one.offering !== null && keyOfAttempts(one) === key)
  return occasionsOf(tellings)
    .map((occasion) => occasion.filter((one) => group.includes(one)))
    .filter(({ length }) => length > 1)
    .flatMap(oneTelling)
}

const sourceOf = ({ claim }: Candidate) => claim.content.source.id

const choiceOfRetake = { none: 'first', best: 'highest', again: 'all' } as const

const keyOfAttempts = ({ claim, offering }: Candidate) => `${offering?.offeringId} ${claim.content.role}`

/** An offering that is a path, and the offerings it contains: innermost first, so that a path of paths counts once. */
function oneOfPathAndParts(candidates: Candidate[], catalogue: ReadonlyMap<Id, OfferingInfo>): void {
  const paths = [...catalogue.values()]
    .filter(({ contains }) => contains.length > 0)
    .map((path) => ({ path, parts: partsOf(path, catalogue) }))
    .sort((a, b) => a.parts.size - b.parts.size || order(a.path.code, b.path.code))
  for (const { path, parts } of paths) {
    const live = standing(candidates).filter(isReady)
    const whole = live.filter(({ offering }) => offering?.offeringId === path.offeringId)
    const pieces = live.filter(({ offering }) => offering !== null && parts.has(offering.code))
    if (whole.length > 0 && pieces.length > 0) settleSides(whole, pieces)
  }
}

function partsOf(path: OfferingInfo, catalogue: ReadonlyMap<Id, OfferingInfo>): Set<string> {
  const byCode = new Map([...catalogue.values()].map((offering) => [offering.code, offering]))
  const parts = new Set<string>()
  const open = [...path.contains]
  for (let code = open.pop(); code !== undefined; code = open.pop()) {
    if (parts.has(code) || code === path.code) continue
    parts.add(code)
    open.push(...(byCode.get(code)?.contains ?? []))
  }
  return parts
}

function settleSides(whole: Candidate[], pieces: Candidate[]): void {
  const all = [...whole, ...pieces].sort(inCanonicalOrder)
  const choice = dedupeOf(all)
  if (choice === 'all') return
  const sideOf = (one: Candidate | undefined) => (one && whole.includes(one) ? whole : pieces)
  const frozen = all.find((one) => one.frozen)
  const larger =
    sumOf(whole) === sumOf(pieces) ? sideOf(all[0]) : sumOf(whole) > sumOf(pieces) ? whole : pieces
  const earlier = sideOf(all[0])
  const decided = choice === null ? [whole, pieces].filter((side) => side.some(isPersonsChoice)) : []
  const chosen =
    decided.length > 1 || choice === 'highest' ? larger : choice === 'first' ? earlier : decided[0]
  const winner = frozen ? sideOf(frozen) : chosen
  if (winner) demote(winner === whole ? pieces : whole, 'dedupe', false)
  else demote(larger === earlier ? (larger === whole ? pieces : whole) : all, 'dedupe', true)
}

const isPersonsChoice = ({ frozen, isValued }: Candidate) => isValued && !frozen

/** The first of those with the highest value; null of none. */
function highestOf(candidates: Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>(
    (best, one) => (best === null || one.milliHours > best.milliHours ? one : best),
    null,
  )
}

const sumOf = (side: Candidate[]) => side.reduce((sum, { milliHours }) => sum + milliHours, 0)

/** Lets one of a group stand. Those that nobody decided yet wait where they could still win. */
function settle(group: Candidate[], choice: Choice, path: PolicyPath): Waiting[] {
  const ready = group.filter(isReady)
  const frozen = ready.find((one) => one.frozen)
  const first = ready[0] as Candidate
  const highest = highestOf(ready) as Candidate
  // Where the policy is silent, the choice of a person is one: the same occasion counts once, whoever decides it.
  const decided = choice === null && path === 'dedupe' ? highestOf(ready.filter(isPersonsChoice)) : null
  const winner = frozen ?? decided ?? (choice === 'first' ? first : choice === 'highest' ? highest : null)
  const sure = winner ?? (first === highest ? first : null)
  demote(
    ready.filter((one) => one !== sure),
    path,
    winner === null,
  )
  if (winner === null) return []
  const undecided = group.filter((one) => !isReady(one) && one !== sure)
  const mayWin = (one: Candidate) =>
    !frozen &&
    !decided &&
    (choice === 'first' ? inCanonicalOrder(one, winner) < 0 : one.milliHours > winner.milliHours)
  demote(
    undecided.filter((one) => !mayWin(one)),
    path,
    false,
  )
  return path === 'dedupe' ? undecided.filter(mayWin).map((one) => waitsFor(winner, one)) : []
}

/** Sends candidates aside: to excess where the policy chose another, to pending where it does not say whom. */
function demote(candidates: Candidate[], path: PolicyPath, isSilent: boolean): void {
  for (const one of candidates) {
    if (one.frozen || (isSilent && one.isValued)) continue
    if (isSilent) route(one, { bucket: 'pending', why: 'policy_silent', path })
    else route(one, { bucket: 'excess', why: 'duplicate_award', path })
  }
}

const waitsFor = (first: Candidate, one: Candidate): Waiting => ({
  claimId: one.claim.claimId,
  reason: 'possible_duplicate',
  path: first.claim.claimId,
  milliHours: one.milliHours,
})

/** Those that were not sent aside yet. */
function standing(candidates: Candidate[]): Candidate[] {
  const aside = (one: Candidate) =>
    !one.frozen &&
    one.parts.some(({ why, path }) => why === 'duplicate_award' || path === 'dedupe' || path === 'retake')
  return candidates.filter((one) => !aside(one))
}

function dedupeOf(group: Candidate[]): Choice {
  const dedupe = group.at(-1)?.policy?.dedupe ?? null
  return dedupe === 'none' ? 'all' : dedupe
}

/** Groups of two and more, each in canonical order. */
function groupsOf(candidates: Candidate[], keyOf: (one: Candidate) => string): Candidate[][] {
  const groups = new Map<string, Candidate[]>()
  for (const one of candidates) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()].filter(({ length }) => length > 1).map((group) => group.sort(inCanonicalOrder))
}

/** Who spoke first, by the time the source's word came in: a fact of the claim, not of the order of posting. */
function firstReceived(group: Candidate[]): Candidate {
  return group.reduce((first, one) =>
    one.claim.content.receivedAt < first.claim.content.receivedAt ? one : first,
  )
}
