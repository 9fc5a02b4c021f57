import type { FastifyRequest } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import type { Id } from '../../foundation/ids.ts'
import { viewerOf } from '../../ledger/access/login.ts'
import {
  type AccessRole,
  hasRole,
  readableSchools,
  schoolRoles,
  type Viewer,
} from '../../ledger/access/role.ts'
import { loginOf } from '../launch/session.ts'

/** Who is signed in with a local account. */
export type Who = Viewer

/** The rooms of the desk. */
export type Room =
  | 'today'
  | 'teachers'
  | 'claims'
  | 'queue'
  | 'sources'
  | 'scores'
  | 'members'
  | 'imports'
  | 'platforms'
  | 'audit'

/** What changes something there. */
export type Deed =
  | 'decide_queue'
  | 'tend_intake'
  | 'tend_platforms'
  | 'link'
  | 'import'
  | 'school_check'
  | 'recognise'

const seenBy: Record<Exclude<Room, 'today' | 'teachers'>, readonly AccessRole[]> = {
  claims: ['school_manager', 'principal', 'district_admin', 'checker', 'inspector'],
  queue: ['district_admin', 'checker', 'inspector', 'operator'],
  sources: ['district_admin', 'checker', 'inspector', 'operator'],
  scores: ['district_admin', 'checker', 'inspector', 'operator'],
  members: ['school_manager', 'principal', 'district_admin', 'checker', 'inspector', 'operator'],
  imports: ['district_admin'],
  platforms: ['district_admin', 'checker', 'inspector', 'operator'],
  audit: ['district_admin', 'inspector'],
}

const doneBy: Record<Deed, readonly AccessRole[]> = {
  decide_queue: ['district_admin'],
  tend_intake: ['district_admin'],
  tend_platforms: ['district_admin', 'operator'],
  link: ['district_admin'],
  import: ['district_admin'],
  school_check: ['school_manager', 'principal', 'district_admin'],
  recognise: ['district_admin', 'checker'],
}

/** Who sends this request, as of now: rights are read anew each time. Null: nobody is signed in. */
export async function whoOf(
  request: FastifyRequest,
  { db, now }: Pick<Ground, 'db' | 'now'>,
): Promise<Who | null> {
  const session = loginOf(request, now())
  return session ? viewerOf(db, session.loginId, session.version) : null
}

/** Whether a person may enter a room. An inspector enters all but the imports, and changes nothing anywhere. */
export function maySee(who: Who, room: Room): boolean {
  if (room === 'today') return !isOnlyTeacher(who)
  if (room === 'teachers') return readableSchools(who) === 'all' || readableSchools(who).length > 0
  return hasRole(who, ...seenBy[room])
}

/** Whether somebody has no business here but the own record. */
export function isOnlyTeacher(who: Who): boolean {
  return who.roles.every(({ role }) => role === 'teacher')
}

/** Whose claims a person checks in the place of a school: everybody's, or those of the own schools. */
export function schoolsToCheck(who: Who): 'all' | Id[] {
  if (hasRole(who, 'district_admin')) return 'all'
  return who.roles.flatMap(({ role, schoolId }) => (schoolRoles.includes(role) && schoolId ? [schoolId] : []))
}

/** Whether a person may do something that changes the book or what leads to it. */
export function mayDo(who: Who, deed: Deed): boolean {
  return hasRole(who, ...doneBy[deed])
}
