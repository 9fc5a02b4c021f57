import { steadyId } from '../steady.ts'

/** What somebody is on the platform. It decides the LTI roles, never a right inside the tool. */
export type PlatformRole = 'teacher' | 'leader' | 'school-manager' | 'district-admin' | 'test-user'

/** Somebody who can sign in at the stand-in platform. All are invented. */
export interface Person {
  /** Stable key, the teacher number for teachers of the roster; never leaves the platform. */
  key: string
  name: string
  role: PlatformRole
  /** Shown on the card, such as the school. */
  about: { zh: string; en: string }
  /** The deployment (district) this person belongs to. */
  deploymentId: string
}

const MEMBERSHIP = 'http://purl.imsglobal.org/vocab/lis/v2/membership'
const INSTITUTION = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person'

const ROLES: Record<PlatformRole, string[]> = {
  teacher: [`${MEMBERSHIP}#Learner`],
  leader: [`${MEMBERSHIP}#Instructor`],
  'school-manager': [`${MEMBERSHIP}#Manager`, `${INSTITUTION}#Staff`],
  'district-admin': [`${MEMBERSHIP}#Administrator`, `${INSTITUTION}#Administrator`],
  'test-user': [`${MEMBERSHIP}#Learner`, 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'],
}

/** The role URIs a token carries for somebody; a teacher takes courses, so is a Learner there. */
export function rolesOf(person: Person): string[] {
  return ROLES[person.role]
}

/** The opaque `sub` of a person: the same on every run, and meaningless outside the platform. */
export function subjectOf(personKey: string): string {
  return steadyId(`person:${personKey}`)
}

/** An address that cannot receive mail, since `.example` is reserved. */
export function mailOf(person: Person): string {
  return `${subjectOf(person.key).slice(0, 8)}@shili.example`
}

/** The name claims of somebody. */
export function namesOf({ name }: Person): { name: string; family_name: string; given_name: string } {
  return { name, ...splitName(name) }
}

// Family names come first in Chinese; a name with a dot is one whole that nobody may cut.
function splitName(name: string): { family_name: string; given_name: string } {
  const letters = [...name]
  if (name.includes('·')) return { family_name: name, given_name: name }
  return { family_name: letters[0] ?? '', given_name: letters.slice(1).join('') }
}
