import type { Award, Bucket, Why } from '../policy/evaluation.ts'
import type { Dimensions, Entry } from './entry.ts'
import { applyEntry, type Holding, liveBuckets, type StandingAward } from './standing.ts'
import type { EntryBucket, EntryKind } from './words.ts'

/**
 * The legs that bring what an account holds to what it should hold, and nothing else (want − have).
 *
 * Same value, day and dimensions: a move of what changed its bucket. Anything
 * else: a reversal of the award as it stands, and a new award. Awards of
 * closed periods (`isFrozen`) are left alone. `lossWhy` says why an award
 * ends: withdrawn, rejected or, by default, revalued. Legs come by claim id,
 * so the same change is the same bytes. `holding` is brought forward.
 */
export function postDifference(
  holding: Holding,
  want: readonly Award[],
  seq: number,
  options: { isFrozen: (standing: StandingAward) => boolean; lossWhy: (claimId: string) => Why },
): Entry[] {
  const wanted = new Map(want.map((award) => [award.claimId, award]))
  const claimIds = new Set([...wanted.keys(), ...holding.awards.keys()])
  const legs: Entry[] = []
  const put = (leg: Leg) => legs.push(record(holding, leg, seq, legs.length + 1))

  for (const claimId of [...claimIds].sort()) {
    const have = holding.awards.get(claimId)
    const award = wanted.get(claimId)
    if (have && options.isFrozen(have)) continue
    if (have && award && isSameAward(have, award)) {
      for (const leg of movesOf(have, award)) put(leg)
      continue
    }
    if (have) for (const leg of reversalOf(have, award ? 'revalued' : options.lossWhy(claimId))) put(leg)
    if (award) for (const leg of awardLegs(award, seq)) put(leg)
  }
  return legs
}

type Leg = Omit<Entry, 'seq' | 'leg' | 'balanceAfter'>

function record(holding: Holding, leg: Leg, seq: number, no: number): Entry {
  const entry = leg as Entry
  entry.seq = seq
  entry.leg = no
  entry.balanceAfter = applyEntry(holding, entry)
  return entry
}

function isSameAward(have: StandingAward, want: Award): boolean {
  const dimensions = dimensionsOf(want)
  return (
    have.milliHours === want.milliHours &&
    have.claimedMilliHours === want.claimedMilliHours &&
    have.periodNo === dimensions.periodNo &&
    have.effectiveOn === dimensions.effectiveOn &&
    have.category === dimensions.category &&
    have.level === dimensions.level &&
    have.form === dimensions.form
  )
}

function dimensionsOf(award: Award): Dimensions {
  return {
    periodNo: award.periodNo,
    effectiveOn: award.effectiveOn,
    category: award.category ?? '',
    level: award.level ?? 'none',
    form: award.form ?? '',
  }
}

function awardLegs(award: Award, seq: number): Leg[] {
  const parts = splitOf(award)
  const main = award.split[0]?.why ?? 'recognised'
  const { periodNo, effectiveOn, category, level, form } = dimensionsOf(award)
  const leg = (bucket: EntryBucket, milliHours: number, why: Why): Leg => ({
    periodNo,
    effectiveOn,
    category,
    level,
    form,
    kind: 'award',
    claimId: award.claimId,
    awardSeq: seq,
    reversesSeq: null,
    bucket,
    milliHours,
    claimedMilliHours: bucket === 'issued' ? award.claimedMilliHours : null,
    why,
  })
  return [
    leg('issued', -award.milliHours, main),
    ...parts.map(({ bucket, milliHours, why }) => leg(bucket, milliHours, why)),
  ]
}

/** One part a bucket; of several reasons in one bucket the first stands for all. */
function splitOf(award: Award): { bucket: Bucket; milliHours: number; why: Why }[] {
  return liveBuckets.flatMap((bucket) => {
    const parts = award.split.filter((part) => part.bucket === bucket)
    const milliHours = parts.reduce((sum, part) => sum + part.milliHours, 0)
    return parts[0] && milliHours > 0 ? [{ bucket, milliHours, why: parts[0].why }] : []
  })
}

/** What changes in one bucket of an award that stays the same award. */
interface Change {
  bucket: Bucket
  milliHours: number
  why: Why
}

function movesOf(have: StandingAward, award: Award): Leg[] {
  const want = splitOf(award)
  if (standsAs(have, want)) return []
  const changes = liveBuckets.flatMap((bucket) => {
    const part = want.find((one) => one.bucket === bucket)
    const milliHours = (part?.milliHours ?? 0) - have.split[bucket]
    return milliHours === 0 ? [] : [{ bucket, milliHours, why: part?.why ?? 'revalued' }]
  })
  const gained = changes.filter(({ milliHours }) => milliHours > 0)
  const lost = changes.filter(({ milliHours }) => milliHours < 0)
  const isPromotion = lost.some(({ bucket }) => bucket === 'excess')
  const moved = changes.map((change) => ({ ...change, why: moveWhy(change) }))
  return withReasons(have, want, moved).map(({ bucket, milliHours, why }) =>
    legOf(have, 'move', bucket, milliHours, why),
  )

  function moveWhy({ bucket, milliHours, why }: Change): Why {
    if (milliHours > 0) return bucket === 'counted' && isPromotion ? 'promoted' : why
    // What leaves a bucket goes for the reason of where it goes to.
    const to = gained[0]
    if (bucket === 'counted' && to?.bucket === 'excess') return 'displaced'
    return to?.bucket === 'counted' ? (isPromotion ? 'promoted' : 'released') : (to?.why ?? 'revalued')
  }
}

/** Whether nothing changed, as for most awards of an account: asked first, since an account may have thousands. */
function standsAs(have: StandingAward, want: readonly Change[]): boolean {
  for (const bucket of liveBuckets) {
    const part = want.find((one) => one.bucket === bucket)
    if ((part?.milliHours ?? 0) !== have.split[bucket]) return false
    if (part && bucket !== 'counted' && have.why[bucket] !== part.why) return false
  }
  return true
}

/**
 * Hours that stay in their bucket for another reason than before are taken out and put back under it: the newest leg
 * of a bucket says why hours stand there, to pages and to the list of what waits for a person.
 */
function withReasons(have: StandingAward, want: readonly Change[], changes: readonly Change[]): Change[] {
  return liveBuckets.flatMap((bucket) => {
    const own = changes.filter((change) => change.bucket === bucket)
    const part = want.find((one) => one.bucket === bucket)
    const isTold = own.some(({ milliHours }) => milliHours > 0) || have.why[bucket] === part?.why
    if (bucket === 'counted' || !part || isTold) return own
    return [
      { bucket, milliHours: -have.split[bucket], why: own[0]?.why ?? part.why },
      { bucket, milliHours: part.milliHours, why: part.why },
    ]
  })
}

function reversalOf(have: StandingAward, why: Why): Leg[] {
  return [
    ...liveBuckets.flatMap((bucket) =>
      have.split[bucket] === 0 ? [] : [legOf(have, 'reversal', bucket, -have.split[bucket], why)],
    ),
    { ...legOf(have, 'reversal', 'voided', have.milliHours, why), reversesSeq: have.awardSeq },
  ]
}

function legOf(have: StandingAward, kind: EntryKind, bucket: EntryBucket, milliHours: number, why: Why): Leg {
  return {
    periodNo: have.periodNo,
    effectiveOn: have.effectiveOn,
    category: have.category,
    level: have.level,
    form: have.form,
    kind,
    claimId: have.claimId,
    awardSeq: have.awardSeq,
    reversesSeq: null,
    bucket,
    milliHours,
    claimedMilliHours: null,
    why,
  }
}
