import type { PlatformCourse } from './courses.ts'
import { type Person, subjectOf } from './people.ts'

/** Whether somebody who is on a roster may still work in the course. */
export type EnrolmentStatus = 'Active' | 'Inactive'

/** Somebody on the roster of a course. */
export interface Member {
  person: Person
  status: EnrolmentStatus
}

/** Who is enrolled where. */
export interface Roster {
  /** In the order of the people; an administrator of the platform is on no roster. */
  membersOf(course: PlatformCourse): Member[]
  /** The member with this `sub`; null for anybody else. */
  memberBy(course: PlatformCourse, sub: string): Member | null
  /** Enrols somebody, changes the status, or with null takes somebody off the roster. */
  set(course: PlatformCourse, person: Person, status: EnrolmentStatus | null): void
}

/** Somebody who has left and so cannot sign in, but whom rosters still name. */
export const formerMember: Person = {
  key: 'former-1',
  name: '许望舒',
  role: 'teacher',
  about: { zh: '已调离，名册上为停用', en: 'Has left; inactive on rosters' },
  deploymentId: '1',
}

/** Enrols everybody in every course of their deployment; changes are kept in memory. */
export function openRoster(people: Person[]): Roster {
  const changes = new Map<string, EnrolmentStatus | null>()
  const keyOf = (course: PlatformCourse, person: Person) => JSON.stringify([course.id, person.key])

  function statusOf(course: PlatformCourse, person: Person): EnrolmentStatus | null {
    const changed = changes.get(keyOf(course, person))
    if (changed !== undefined) return changed
    if (person === formerMember) return 'Inactive'
    return person.role !== 'district-admin' && course.deploymentIds.includes(person.deploymentId)
      ? 'Active'
      : null
  }

  function membersOf(course: PlatformCourse): Member[] {
    return [...people, formerMember].flatMap((person) => {
      const status = statusOf(course, person)
      return status === null ? [] : [{ person, status }]
    })
  }

  return {
    membersOf,
    memberBy: (course, sub) => membersOf(course).find(({ person }) => subjectOf(person.key) === sub) ?? null,
    set(course, person, status) {
      changes.set(keyOf(course, person), status)
    },
  }
}

/** Whether somebody can have a grade: who studies, not who leads. */
export function isGradable({ person, status }: Member): boolean {
  return status === 'Active' && (person.role === 'teacher' || person.role === 'test-user')
}
