import type { Handle } from '../../foundation/database/connect.ts'
import { hoursText } from '../../foundation/hours.ts'
import type { Id } from '../../foundation/ids.ts'
import type { Day } from '../../foundation/time.ts'
import type { Judgement, Result } from '../../ledger/policy/judge.ts'
import { type TeacherListed, teachersById } from '../../ledger/roster/people.ts'
import type { RequirementShift, Supposition } from '../../ledger/transcript/suppose.ts'

type Change = RequirementShift['change']

/** How many teachers meet a requirement, or no longer, in one window of days; null where its days are not known. */
export interface RequirementEffect {
  requirement: string
  /** The policy's words. */
  quote: string | null
  from: Day | null
  to: Day | null
  newly_met: number
  no_longer_met: number
}

/** How a requirement stands: decimal text in its unit, null where it cannot be said. */
interface Stand {
  result: Result
  have: string | null
}

/** One teacher for whom a requirement comes out differently. */
export interface TeacherEffect {
  change: Change
  teacher_no: string | null
  name: string | null
  school: string | null
  requirement: string
  from: Day | null
  to: Day | null
  before: Stand
  after: Stand
  need: string | null
  unit: string | null
}

/** What a closed year would not take; hours are decimal text. */
export interface ClosedPeriodEffect {
  period: number
  /** Claims without hours until somebody admits them late, and what they would be worth before caps. */
  late_claims: number
  late_hours: string
  /** Claims taken back whose hours stand until somebody decides on them. */
  kept_claims: number
  kept_hours: string
}

/** What other rules would mean in the book, if they were applied now. */
export interface Effects {
  /** Different teachers who would meet a requirement that they do not meet. */
  teachers_newly_met: number
  /** Different teachers who would no longer meet a requirement that they meet. */
  teachers_no_longer_met: number
  requirements: RequirementEffect[]
  /** At most `mostTeachers` of each change, those who lose first. */
  teachers: TeacherEffect[]
  closed_periods: ClosedPeriodEffect[]
}

/** How many teachers are named for each change. */
export const mostTeachers = 200

/** Counts effects as they are found. */
export interface EffectsTally {
  take(handle: Handle, suppositions: readonly Supposition[], today: Day): Promise<void>
  result(): Effects
}

/** An empty tally. */
export function effectsTally(): EffectsTally {
  const people: Record<Change, Set<Id>> = { newly_met: new Set(), no_longer_met: new Set() }
  const requirements = new Map<string, RequirementEffect>()
  const teachers: Record<Change, TeacherEffect[]> = { newly_met: [], no_longer_met: [] }
  const closed = new Map<number, { late: Sum; kept: Sum }>()

  function shift({ change, before, after }: RequirementShift, teacher: TeacherListed | undefined): void {
    const { id, window, quote, need, unit } = after
    const days = { from: window?.from ?? null, to: window?.to ?? null }
    const key = `${id} ${days.from} ${days.to}`
    const line = requirements.get(key) ?? { requirement: id, quote, ...days, newly_met: 0, no_longer_met: 0 }
    line[change] += 1
    requirements.set(key, line)
    if (teachers[change].length >= mostTeachers) return
    teachers[change].push({
      change,
      teacher_no: teacher?.teacherNo ?? null,
      name: teacher?.name ?? null,
      school: teacher?.school?.schoolName ?? null,
      requirement: id,
      ...days,
      before: standOf(before),
      after: standOf(after),
      need,
      unit,
    })
  }

  return {
    async take(handle, suppositions, today) {
      const shifted = suppositions.filter(({ shifts }) => shifts.length > 0)
      const found = await teachersById(
        handle,
        shifted.map(({ teacherId }) => teacherId),
        today,
      )
      for (const { teacherId, shifts } of shifted) {
        for (const one of shifts) {
          people[one.change].add(teacherId)
          shift(one, found.get(teacherId))
        }
      }
      for (const year of suppositions.flatMap((one) => one.closed)) {
        const sum = closed.get(year.periodNo) ?? { late: { ...nothing }, kept: { ...nothing } }
        add(sum.late, year.late)
        add(sum.kept, year.kept)
        closed.set(year.periodNo, sum)
      }
    },
    result: () => ({
      teachers_newly_met: people.newly_met.size,
      teachers_no_longer_met: people.no_longer_met.size,
      requirements: [...requirements].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line),
      teachers: [...teachers.no_longer_met.sort(byNumber), ...teachers.newly_met.sort(byNumber)],
      closed_periods: [...closed]
        .sort(([a], [b]) => a - b)
        .map(([period, { late, kept }]) => ({
          period,
          late_claims: late.claims,
          late_hours: hoursText(late.milliHours),
          kept_claims: kept.claims,
          kept_hours: hoursText(kept.milliHours),
        })),
    }),
  }
}

interface Sum {
  claims: number
  milliHours: number
}

const nothing: Sum = { claims: 0, milliHours: 0 }

function add(sum: Sum, more: Sum): void {
  sum.claims += more.claims
  sum.milliHours += more.milliHours
}

function standOf({ result, have }: Judgement): Stand {
  return { result, have }
}

function byNumber(a: TeacherEffect, b: TeacherEffect): number {
  return (a.teacher_no ?? '') < (b.teacher_no ?? '') ? -1 : 1
}
