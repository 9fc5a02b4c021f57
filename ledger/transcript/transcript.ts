import type { Handle } from '../../foundation/database/connect.ts'
import { InvalidInput, NotFound } from '../../foundation/errors.ts'
import { hoursText } from '../../foundation/hours.ts'
import type { Id } from '../../foundation/ids.ts'
import { type Day, dayOf, type Instant, instantOf, isoOf } from '../../foundation/time.ts'
import type { Entry } from '../books/entry.ts'
import { personOf } from '../books/evaluation-facts.ts'
import { offeringFactsOf } from '../catalogue/facts.ts'
import type { OfferingInfo } from '../catalogue/offering.ts'
import type { FlatPolicy } from '../policy/document.ts'
import { type Person, unknownPerson } from '../policy/evaluation.ts'
import { type Judgement, judge, type Result, summaryOf } from '../policy/judge.ts'
import { currentPolicyVersion, policyVersionOf } from '../policy/store.ts'
import { claimedMilliHours } from '../policy/value.ts'
import { type PolicyVersion, policyOn } from '../policy/version.ts'
import { type Window, windowOf } from '../policy/windows.ts'
import { teacherFactsOf } from '../roster/facts.ts'
import { teacherByNo } from '../roster/people.ts'
import { judgedOf } from './judged.ts'
import { type BucketSums, type ReadAccount, readAccount } from './reading.ts'

/** Hours of one part of a transcript, as decimal text. */
export interface PartHours {
  counted: string
  excess: string
  pending: string
}

/** A requirement as a transcript shows it: see `Judgement` for the meaning of each key. */
export interface TranscriptRequirement {
  id: string
  result: Result
  reason: 'not_stated' | 'fact_missing' | null
  path: string | null
  have: string | null
  need: string | null
  gap: string | null
  unit: string | null
  window: { from: Day; to: Day } | null
  quote: string | null
}

/** One leg of the book: hours signed, as decimal text. */
export interface TranscriptEntry {
  seq: number
  recorded_at: string
  effective_on: Day
  project_no: string | null
  /** The code of the offering. */
  offering: string | null
  category: string | null
  level: string | null
  form: string | null
  hours: string
  bucket: string
  why: string
  source: string | null
  /** Where the source's own words are kept, then the kinds of evidence. */
  evidence: string[]
  claim_id: Id
  title: string | null
}

/** What a teacher holds in a window, what the policy asks, and every leg behind it (interfaces.md §5). */
export interface TranscriptJson {
  teacher_no: string
  name: string
  as_of: string
  /** `from` and `to` are null where the policy does not say which days the window has; then nothing is left out. */
  window: { id: string; from: Day | null; to: Day | null }
  unit: string
  claimed: string
  counted: string
  excess: string
  pending: string
  by_category: Record<string, PartHours>
  by_level: Record<string, PartHours>
  requirements: TranscriptRequirement[]
  /** All requirements together, three-valued. */
  summary: Result
  entries: TranscriptEntry[]
  /** The posting up to which the book was read, and the version and document that judged it. */
  seq: number
  policy_version: number
  policy_id: string | null
}

/** Whose transcript, over which days, as recorded when. */
export interface TranscriptAsk {
  teacherNo: string
  /** `cycle`, `year`, `year:2025`, `registration`, `rolling`, `from..to`, or a season of the policy. */
  window: string
  /** As recorded at this instant; everything that is recorded, if absent. */
  asOf?: Instant
  today: Day
}

/**
 * A teacher's transcript, read from the journals alone: the same ask with `asOf` gives the same answer for ever.
 * Throws NotFound (`teacher-unknown`) and InvalidInput (`window-invalid`).
 */
export async function transcriptOf(handle: Handle, ask: TranscriptAsk): Promise<TranscriptJson> {
  const teacher = await teacherByNo(handle, ask.teacherNo, ask.today)
  if (!teacher) throw new NotFound('teacher-unknown', 'no teacher of the roster has this number')
  const account = await readAccount(handle, teacher.teacherId, ask.asOf)
  const offerings = await offeringsOf(handle, account, ask.asOf)
  const version = await versionFor(handle, account)
  const facts = (await teacherFactsOf(handle, [teacher.teacherId], ask.asOf)).get(teacher.teacherId)
  const person = facts ? personOf(facts) : unknownPerson
  return written({ ask, teacher, account, offerings, version, person })
}

interface Teacher {
  teacherNo: string
  name: string
}

async function offeringsOf(handle: Handle, { claims }: ReadAccount, asOf: Instant | undefined) {
  const ids = new Set<Id>()
  for (const { content } of claims.values()) if (content.offeringId !== null) ids.add(content.offeringId)
  return offeringFactsOf(handle, [...ids], asOf)
}

/** The version the account was on at that posting; a teacher without an account is read under the book's. */
async function versionFor(handle: Handle, { policyVersion }: ReadAccount): Promise<PolicyVersion> {
  return policyVersion === null ? currentPolicyVersion(handle) : policyVersionOf(handle, policyVersion)
}

/** Everything a transcript is made of; from here on nothing is read. */
interface Material {
  ask: TranscriptAsk
  teacher: Teacher
  account: ReadAccount
  offerings: Map<Id, OfferingInfo>
  version: PolicyVersion
  person: Person
}

function written(material: Material): TranscriptJson {
  const { ask, teacher, account, version, person } = material
  const today = ask.asOf === undefined ? ask.today : earlier(dayOf(ask.asOf), ask.today)
  const window = windowIn(version, ask.window, person, today)
  const isInside = (day: Day) => !window.known || (window.from <= day && day <= window.to)
  const legs = account.entries.filter(
    ({ bucket, effectiveOn }) => bucket !== 'issued' && isInside(effectiveOn),
  )
  // A window that is over is judged as of its last day; the present one as of today.
  const on = window.known ? clamped(today, window.from, window.to) : today
  const policy = policyOn(version, on)
  const judgements = policy ? judge({ policy, person, on, ...judgedOf(holdingsOf(material)) }) : []
  const total = sumsOf(legs)
  return {
    teacher_no: teacher.teacherNo,
    name: teacher.name,
    as_of: isoOf(ask.asOf ?? account.recordedAt ?? instantOf(`${ask.today}T00:00:00+08:00`)),
    window: {
      id: ask.window,
      ...(window.known ? { from: window.from, to: window.to } : { from: null, to: null }),
    },
    unit: policy?.unit?.label ?? '学时',
    claimed: hoursText(claimedIn(material, isInside)),
    ...textOf(total),
    by_category: partsBy(legs, ({ category }) => category || '未分类'),
    by_level: partsBy(legs, ({ level }) => level),
    requirements: judgements.map(requirementOf),
    summary: summaryOf(judgements),
    entries: legs.map((leg) => entryFrom(leg, material)),
    seq: account.seq,
    policy_version: version.versionNo,
    policy_id: policy?.id ?? null,
  }
}

/** Names that every policy gives a meaning, or is silent about; any other has to be known. */
const namedWindow = /^(cycle|year|year:\d{4}|registration|registration-validity|rolling|last-\d{1,2}-years)$/

/** A window that needs no policy is known without one. */
const noDocument: FlatPolicy = { id: 'none', title: '', layers: [] }

function windowIn(version: PolicyVersion, name: string, person: Person, today: Day): Window {
  const policy = policyOn(version, today) ?? version.spans.at(-1)?.policy ?? noDocument
  const window = windowOf(policy, name, { person, day: today })
  if (window.known ? window.from <= window.to : namedWindow.test(name)) return window
  throw new InvalidInput(
    'window-invalid',
    'a window is cycle, year, year:2026, registration, rolling, a season of the policy, or from..to',
  )
}

const earlier = (a: Day, b: Day): Day => (a < b ? a : b)
const clamped = (day: Day, from: Day, to: Day): Day => (day < from ? from : day > to ? to : day)

function sumsOf(legs: Entry[]): BucketSums {
  const sums = { counted: 0, excess: 0, pending: 0 }
  for (const { bucket, milliHours } of legs)
    if (bucket in sums) sums[bucket as keyof BucketSums] += milliHours
  return sums
}

const textOf = ({ counted, excess, pending }: BucketSums): PartHours => ({
  counted: hoursText(counted),
  excess: hoursText(excess),
  pending: hoursText(pending),
})

/** By name, in the order of the names; parts of which nothing stands anywhere any more are left out. */
function partsBy(legs: Entry[], nameOf: (leg: Entry) => string): Record<string, PartHours> {
  const parts = new Map<string, Entry[]>()
  for (const leg of legs) {
    const part = parts.get(nameOf(leg))
    if (part) part.push(leg)
    else parts.set(nameOf(leg), [leg])
  }
  const sums = [...parts].map(([name, part]) => [name, sumsOf(part)] as const)
  return Object.fromEntries(
    sums
      .filter(([, { counted, excess, pending }]) => counted !== 0 || excess !== 0 || pending !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, sum]) => [name, textOf(sum)]),
  )
}

/** An award as the legs up to the reading leave it. */
interface LiveAward extends BucketSums {
  effectiveOn: Day
  claimed: number | null
  issued: number
}

function liveAwards({ entries }: ReadAccount): Map<Id, LiveAward> {
  const awards = new Map<Id, LiveAward>()
  for (const leg of entries) {
    if (leg.bucket === 'issued') {
      const { effectiveOn, claimedMilliHours: claimed, milliHours } = leg
      awards.set(leg.claimId, {
        effectiveOn,
        claimed,
        issued: -milliHours,
        counted: 0,
        excess: 0,
        pending: 0,
      })
    } else if (leg.bucket === 'voided') awards.delete(leg.claimId)
    else {
      const award = awards.get(leg.claimId)
      if (award) award[leg.bucket] += leg.milliHours
    }
  }
  return awards
}

function holdingsOf({ account, offerings }: Material) {
  return { claims: account.claims, awards: liveAwards(account), offerings }
}

/** What sources and people asked for, converted, before rounding and caps, without what was withdrawn. */
function claimedIn({ account, offerings, version }: Material, isInside: (day: Day) => boolean): number {
  const awards = liveAwards(account)
  let total = 0
  for (const { claimId, content, isWithdrawn } of account.claims.values()) {
    if (isWithdrawn) continue
    const award = awards.get(claimId)
    if (!isInside(award?.effectiveOn ?? content.endedOn)) continue
    total += award
      ? (award.claimed ?? award.issued)
      : (claimedMilliHours(
          policyOn(version, content.endedOn),
          content,
          offerings.get(content.offeringId ?? '') ?? null,
        ) ?? 0)
  }
  return total
}

function requirementOf(judgement: Judgement): TranscriptRequirement {
  const { id, result, reason, path, have, need, gap, unit, window, quote } = judgement
  return { id, result, reason, path, have, need, gap, unit, window, quote }
}

function entryFrom(leg: Entry, { account, offerings }: Material): TranscriptEntry {
  const content = account.claims.get(leg.claimId)?.content
  const offering = offerings.get(content?.offeringId ?? '')
  return {
    seq: leg.seq,
    recorded_at: isoOf(account.recordedAtOf.get(leg.seq) as Instant),
    effective_on: leg.effectiveOn,
    project_no: offering?.projectNo ?? null,
    offering: offering?.code ?? null,
    category: leg.category || null,
    level: leg.level === 'none' ? null : leg.level,
    form: leg.form || null,
    hours: hoursText(leg.milliHours),
    bucket: leg.bucket,
    why: leg.why,
    source: content?.source.name ?? null,
    evidence: content ? [content.rawRef, ...content.evidence] : [],
    claim_id: leg.claimId,
    title: offering?.title ?? null,
  }
}
