import type { Id } from '../../foundation/ids.ts'
import { type Day, dayOf } from '../../foundation/time.ts'
import type { ClassInfo, OfferingInfo, SessionInfo } from '../catalogue/offering.ts'
import type { Claim, Role } from '../claims/claim.ts'
import { inClaimOrder } from './candidate.ts'
import { compare, decimal, type Fraction, fraction, times } from './fraction.ts'

/** The claims of one teacher for one class and role: sessions attended, and results that speak of the whole. */
export interface AttendanceGroup {
  offering: OfferingInfo
  trainingClass: ClassInfo
  role: Role
  /** In canonical order. */
  attended: Claim[]
  results: Claim[]
}

/** Claims of offerings by attendance, brought together; `strays` name no session or class that the catalogue knows. */
export function attendanceGroups(
  claims: Claim[],
  catalogue: ReadonlyMap<Id, OfferingInfo>,
): { groups: AttendanceGroup[]; strays: Claim[] } {
  const groups = new Map<string, AttendanceGroup>()
  const strays: Claim[] = []
  const results: Claim[] = []
  for (const claim of [...claims].sort(inClaimOrder)) {
    const { content } = claim
    const offering = catalogue.get(content.offeringId ?? '')
    if (!offering) continue
    if (content.sessionId === null) {
      results.push(claim)
      continue
    }
    const trainingClass = offering.classes.find(({ sessions }) =>
      sessions.some(({ sessionId }) => sessionId === content.sessionId),
    )
    if (!trainingClass) {
      strays.push(claim)
      continue
    }
    const key = `${trainingClass.trainingClassId} ${content.role}`
    const group = groups.get(key)
    if (group) group.attended.push(claim)
    else groups.set(key, { offering, trainingClass, role: content.role, attended: [claim], results: [] })
  }
  const all = [...groups.values()]
  for (const result of results) {
    const mine = all.filter((group) => speaksOf(result, group))
    for (const group of mine) group.results.push(result)
    if (mine.length === 0) strays.push(result)
  }
  return { groups: all, strays }
}

function speaksOf({ content }: Claim, { offering, trainingClass, role }: AttendanceGroup): boolean {
  if (content.offeringId !== offering.offeringId || content.role !== role) return false
  return content.trainingClassId === null || content.trainingClassId === trainingClass.trainingClassId
}

/** What a set of attended sessions comes to. */
export interface Attendance {
  /** Attended minutes over all minutes of the class. */
  share: Fraction
  /** Whether the share reaches the offering's threshold; null where it has none. */
  reaches: boolean | null
  /** Exact milliHours: the approved hours times the share. */
  exact: Fraction
  firstDay: Day
  lastDay: Day
}

/** Counts each session once, however many sources saw the teacher there; null for no session or a class without any. */
export function attendanceOf(group: AttendanceGroup, claims: Claim[]): Attendance | null {
  const { offering, trainingClass } = group
  const ids = new Set(claims.map(({ content }) => content.sessionId))
  const sessions = trainingClass.sessions.filter(({ sessionId }) => ids.has(sessionId))
  const total = minutesOf(trainingClass.sessions)
  if (sessions.length === 0 || total === 0) return null
  const share = fraction(minutesOf(sessions), total)
  const threshold = offering.attendanceThreshold === null ? null : decimal(offering.attendanceThreshold)
  const days = sessions.map(({ startsAt }) => dayOf(startsAt)).sort()
  return {
    share,
    reaches: threshold && compare(share, threshold) >= 0,
    exact: times(fraction(offering.approvedMilliHours), share),
    firstDay: days[0] as Day,
    lastDay: days.at(-1) as Day,
  }
}

function minutesOf(sessions: SessionInfo[]): number {
  return sessions.reduce((sum, { minutes }) => sum + minutes, 0)
}
