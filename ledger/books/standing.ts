import type { Id } from '../../foundation/ids.ts'
import type { Award, Bucket, Why } from '../policy/evaluation.ts'
import { balanceKey, type Dimensions, type Entry } from './entry.ts'

/** The three places where hours of a live award may stand. */
export const liveBuckets: readonly Bucket[] = ['counted', 'excess', 'pending']

/** An award as it stands in the book: what it was made with, and where its hours are now. */
export interface StandingAward extends Dimensions {
  claimId: Id
  awardSeq: number
  milliHours: number
  claimedMilliHours: number | null
  split: Record<Bucket, number>
  /** Why the newest hours of each bucket stand there. */
  why: Partial<Record<Bucket, Why>>
}

/** What an account holds: live awards by claim, and the running balances. */
export interface Holding {
  awards: Map<Id, StandingAward>
  balances: Map<string, number>
}

/** An account that holds nothing. */
export function emptyHolding(): Holding {
  return { awards: new Map(), balances: new Map() }
}

/** Takes one leg into what an account holds, and answers its balance after it. Legs come in the order of the book. */
export function applyEntry({ awards, balances }: Holding, entry: Entry): number {
  const key = balanceKey(entry)
  const balance = (balances.get(key) ?? 0) + entry.milliHours
  balances.set(key, balance)
  applyToAwards(awards, entry)
  return balance
}

function applyToAwards(awards: Holding['awards'], entry: Entry): void {
  if (entry.kind === 'reversal') {
    if (entry.reversesSeq !== null) awards.delete(entry.claimId)
    return
  }
  let award = awards.get(entry.claimId)
  if (entry.kind === 'award' && award?.awardSeq !== entry.awardSeq) {
    award = standingFrom(entry)
    awards.set(entry.claimId, award)
  }
  if (!award) return
  if (entry.bucket === 'issued') {
    award.milliHours -= entry.milliHours
    award.claimedMilliHours = entry.claimedMilliHours
  } else if (entry.bucket !== 'voided') {
    award.split[entry.bucket] += entry.milliHours
    if (entry.milliHours > 0) award.why[entry.bucket] = entry.why
  }
}

function standingFrom(entry: Entry): StandingAward {
  return {
    claimId: entry.claimId,
    awardSeq: entry.awardSeq,
    milliHours: 0,
    claimedMilliHours: null,
    periodNo: entry.periodNo,
    effectiveOn: entry.effectiveOn,
    category: entry.category,
    level: entry.level,
    form: entry.form,
    split: { counted: 0, excess: 0, pending: 0 },
    why: {},
  }
}

/** What an account holds after all its legs. */
export function holdingOf(entries: Iterable<Entry>): Holding {
  const holding = emptyHolding()
  for (const entry of entries) applyEntry(holding, entry)
  return holding
}

/** A standing award in the words of evaluation, for what closed periods hold. */
export function awardOf(standing: StandingAward): Award {
  return {
    claimId: standing.claimId,
    milliHours: standing.milliHours,
    claimedMilliHours: standing.claimedMilliHours,
    effectiveOn: standing.effectiveOn,
    periodNo: standing.periodNo,
    category: standing.category || null,
    level: standing.level === 'none' ? null : (standing.level as Award['level']),
    form: standing.form || null,
    split: liveBuckets.flatMap((bucket) =>
      standing.split[bucket] > 0
        ? [{ bucket, milliHours: standing.split[bucket], why: standing.why[bucket] ?? 'recognised' }]
        : [],
    ),
    rule: '',
    quote: null,
  }
}
