import type { Id } from '../../foundation/ids.ts'
import { groupBy } from '../claims/group.ts'
import { type Candidate, inCanonicalOrder, isReady, order } from './candidate.ts'

/**
 * Puts together what sources tell of one offering in one role, by occasion, for a policy under which every occasion
 * counts. Groups of two and more, each in canonical order.
 *
 * An award key names the class, or else the attempt. A class is the district's own name; the name of an attempt is the
 * source's, and another source has another name for the same thing. So:
 *
 * - what names no class and ended while a class of the offering ran belongs to that class;
 * - attempts at one source that overlap in time are one that was resumed;
 * - of other attempts those of two sources are paired, nearest in time first: that there were several is believed
 *   where one source tells of several. What a source tells without a name is paired like the word of another source.
 *
 * A claim to which a person gave a value was looked at, and stands for itself.
 */
export function occasionsOf(tellings: readonly Candidate[]): Candidate[][] {
  const open = tellings.filter((one) => one.frozen || !one.isValued)
  const groups: Candidate[][] = []
  const unclassed: Candidate[] = []
  for (const [classId, group] of groupBy(open, classOf)) {
    if (classId === null) unclassed.push(...group)
    else groups.push(group)
  }
  const occasionOfKey = pairedKeys(unclassed)
  groups.push(...groupBy(unclassed, ({ key }) => occasionOfKey.get(key)).values())
  return groups.filter(({ length }) => length > 1).map((group) => group.sort(inCanonicalOrder))
}

/** The class that is named, or the one that ran on the day: of several the one that began first, as the bridge reads it. */
function classOf({ claim: { content }, offering }: Candidate): Id | null {
  if (content.trainingClassId !== null) return content.trainingClassId
  const running = (offering?.classes ?? []).filter(
    ({ from, to }) => from <= content.endedOn && content.endedOn <= to,
  )
  return running.sort((a, b) => order(a.from + a.code, b.from + b.code))[0]?.trainingClassId ?? null
}

/** One attempt as one source tells of it; several keys where it was resumed under other names. */
interface Attempt {
  keys: Set<string>
  beganAt: number
  endedAt: number
  isReady: boolean
}

/** The number of the occasion that each award key belongs to. */
function pairedKeys(unclassed: readonly Candidate[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  const occasions: Attempt[] = []
  const tellers = [...groupBy(unclassed, tellerOf)].map(([teller, told]) => ({
    teller,
    told: attemptsOf(told),
  }))
  for (const { told } of tellers.sort(byAttempts)) {
    const taken = new Set<number>()
    const take = (attempt: Attempt, occasion: number) => {
      taken.add(occasion)
      for (const key of attempt.keys) if (!numbers.has(key)) numbers.set(key, occasion)
    }
    // A name that two sources share is one attempt, so these are no longer free for the others.
    const numberOf = ({ keys }: Attempt) =>
      [...keys].map((key) => numbers.get(key)).find((no) => no !== undefined)
    const unknown = told.filter((attempt) => {
      const number = numberOf(attempt)
      if (number !== undefined) take(attempt, number)
      return number === undefined
    })
    for (const attempt of unknown) {
      const nearest = nearestTo(attempt, occasions, taken)
      if (nearest === null) occasions.push(attempt)
      take(attempt, nearest ?? occasions.length - 1)
    }
  }
  return numbers
}

/** Whose word a claim is; a word that names no attempt is nobody's, since it may be about any of them. */
function tellerOf({ claim: { content } }: Candidate): string {
  return content.attempt === null ? '' : content.source.id
}

interface Teller {
  teller: string
  told: Attempt[]
}

/** Whoever tells of most attempts comes first, and what was decided weighs more than what waits. */
function byAttempts(a: Teller, b: Teller): number {
  const ready = ({ told }: Teller) => told.filter((one) => one.isReady).length
  return ready(b) - ready(a) || b.told.length - a.told.length || order(a.teller, b.teller)
}

/** The attempts of one teller, in the order of their ends; those that overlap are one. */
function attemptsOf(told: readonly Candidate[]): Attempt[] {
  const attempts: Attempt[] = []
  for (const next of [...groupBy(told, ({ key }) => key)].map(attemptOf).sort(byEnd)) {
    const last = attempts.at(-1)
    if (!last || (next.beganAt >= last.endedAt && next.endedAt > last.endedAt)) {
      attempts.push(next)
      continue
    }
    for (const key of next.keys) last.keys.add(key)
    last.endedAt = next.endedAt
    last.isReady ||= next.isReady
  }
  return attempts
}

function attemptOf([key, claims]: [string, Candidate[]]): Attempt {
  const contents = claims.map(({ claim }) => claim.content)
  return {
    keys: new Set([key]),
    beganAt: Math.min(...contents.map(({ beganAt, endedAt }) => beganAt ?? endedAt)),
    endedAt: Math.max(...contents.map(({ endedAt }) => endedAt)),
    isReady: claims.some(isReady),
  }
}

const byEnd = (a: Attempt, b: Attempt) =>
  a.endedAt - b.endedAt || order([...a.keys].join(), [...b.keys].join())

/** The occasion whose end is nearest, of those that this source has not told of yet; null where none is left. */
function nearestTo(
  attempt: Attempt,
  occasions: readonly Attempt[],
  taken: ReadonlySet<number>,
): number | null {
  let nearest: number | null = null
  let least = Number.POSITIVE_INFINITY
  for (const [at, { endedAt }] of occasions.entries()) {
    const distance = Math.abs(endedAt - attempt.endedAt)
    if (taken.has(at) || distance >= least) continue
    nearest = at
    least = distance
  }
  return nearest
}
