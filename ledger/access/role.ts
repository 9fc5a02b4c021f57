import type { Id } from '../../foundation/ids.ts'

/** What a person may do in Xueshi (glossary `access_role`); granted here, never by a launch. */
export const accessRoles = [
  'teacher',
  'school_manager',
  'principal',
  'district_admin',
  'checker',
  'inspector',
  'operator',
] as const
/** One of `accessRoles`. */
export type AccessRole = (typeof accessRoles)[number]

/** Roles that hold for one school. */
export const schoolRoles: readonly AccessRole[] = ['school_manager', 'principal']

/** Roles that see everybody. An operator runs the machine and sees nobody. */
const districtRoles: readonly AccessRole[] = ['district_admin', 'checker', 'inspector']

/** A role that somebody holds, with the school where the role has one. */
export interface RoleGrant {
  role: AccessRole
  schoolId: Id | null
}

/** A person who is signed in with a local account. */
export interface Viewer {
  loginId: Id
  login: string
  /** Raised when the password changes: a session that carries another has ended. */
  version: number
  roles: RoleGrant[]
  /** Whose own record the account opens; null for most. */
  teacherId: Id | null
}

/** Whether a viewer holds one of these roles, in any school. */
export function hasRole(viewer: Viewer, ...roles: AccessRole[]): boolean {
  return viewer.roles.some(({ role }) => roles.includes(role))
}

/** Whose teachers a viewer may see: everybody's, or those of some schools (perhaps none). */
export function readableSchools(viewer: Viewer): 'all' | Id[] {
  if (hasRole(viewer, ...districtRoles)) return 'all'
  const ids = viewer.roles.flatMap(({ role, schoolId }) =>
    schoolRoles.includes(role) && schoolId ? [schoolId] : [],
  )
  return [...new Set(ids)]
}

/** How the audit names somebody who is signed in. */
export function actorOf(viewer: Pick<Viewer, 'login'>): string {
  return `login:${viewer.login}`
}
