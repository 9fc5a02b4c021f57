import type { Day } from '../../foundation/time.ts'
import { addYears } from '../../foundation/time.ts'
import type { FlatPolicy, Requirement } from './document.ts'
import type { Person } from './evaluation.ts'
import { onDay } from './windows.ts'

/** Whether a requirement binds a person: yes, no, or null where the policy or a fact does not say. */
export type Audience =
  | { binds: true }
  /** By absence: nothing is recorded that would make the person one of them. */
  | { binds: false; byAbsence: boolean }
  | { binds: null; reason: 'not_stated' | 'fact_missing'; path: string }

const unknown = (reason: 'not_stated' | 'fact_missing', path: string): Audience => ({
  binds: null,
  reason,
  path,
})

/**
 * Whether a person belongs to the audience of a requirement on a day. `all` and an absent audience bind everyone; a
 * term is looked for among the service bands of the policy and the person's posts.
 */
export function audienceOf(
  audience: Requirement['audience'],
  about: { policy: FlatPolicy; person: Person; on: Day },
): Audience {
  if (audience == null || audience === 'all') return { binds: true }
  if (typeof audience === 'string') return ofTerm(audience, about)
  if (Array.isArray(audience)) return anyOf(audience.map((term) => ofTerm(term, about)))
  return allOf(namedIn(audience, about))
}

type Named = Exclude<NonNullable<Requirement['audience']>, string | string[]>

function namedIn(audience: Named, { person, on }: { person: Person; on: Day }): Audience[] {
  const found: Audience[] = []
  if (audience.entry_year != null) {
    const year = person.enteredOn && Number(person.enteredOn.slice(0, 4))
    found.push(year === null ? unknown('fact_missing', 'entered_on') : bound(year === audience.entry_year))
  }
  if (audience.tier != null) found.push(ofTier(audience.tier, person, on))
  if (audience.school_status != null) found.push(ofSchool(audience.school_status, person, on))
  return found
}

const bound = (binds: boolean, byAbsence = false): Audience => (binds ? { binds } : { binds, byAbsence })

function ofTier(tier: string, { tiers }: Person, on: Day): Audience {
  if (tiers === null) return unknown('fact_missing', 'tier')
  const held = onDay(tiers, on)
  return bound(held === tier, held === undefined)
}

/** `other` is a school without any status. */
function ofSchool(status: string, { schoolStatuses }: Person, on: Day): Audience {
  if (schoolStatuses === null) return unknown('fact_missing', 'school_status')
  const held = onDay(schoolStatuses, on)
  return status === 'other' ? bound(held === undefined) : bound(held === status, held === undefined)
}

function ofTerm(
  term: string,
  { policy, person, on }: { policy: FlatPolicy; person: Person; on: Day },
): Audience {
  const band = policy.audience_bands?.find(({ code }) => code === term)
  if (band) return ofBand(term, band.years, band.ends ?? policy.band_boundary ?? null, person, on)
  // Every person of the roster is a 教师; other terms of a text name posts, in words the roster may not share.
  if (term === '教师') return { binds: true }
  const holds = person.posts?.some(
    ({ value, from, to }) => value === term && (from === null || from <= on) && (to === null || on <= to),
  )
  return holds ? { binds: true } : unknown('fact_missing', `post.${term}`)
}

type Ends = 'closed-open' | 'closed-closed' | 'open-closed' | 'open-open'

function ofBand(
  code: string,
  years: [number, number] | null | undefined,
  ends: Ends | null,
  { enteredOn }: Person,
  on: Day,
): Audience {
  if (!years) return unknown('not_stated', `audience_bands.${code}.years`)
  if (enteredOn === null) return unknown('fact_missing', 'entered_on')
  const [low, high] = years.map((count) => addYears(enteredOn, count)) as [Day, Day]
  // Only on the very day that ends a band does it matter who says to which side it belongs.
  if ((on === low || on === high) && ends === null) return unknown('not_stated', 'band_boundary')
  const afterLow = on > low || (on === low && (ends === 'closed-open' || ends === 'closed-closed'))
  const beforeHigh = on < high || (on === high && (ends === 'closed-closed' || ends === 'open-closed'))
  return bound(afterLow && beforeHigh)
}

function anyOf(parts: Audience[]): Audience {
  return (
    parts.find(({ binds }) => binds === true) ?? parts.find(({ binds }) => binds === null) ?? bound(false)
  )
}

function allOf(parts: Audience[]): Audience {
  return (
    parts.find(({ binds }) => binds === false) ?? parts.find(({ binds }) => binds === null) ?? { binds: true }
  )
}
