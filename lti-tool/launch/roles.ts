import type { LaunchRole } from './session.ts'

/** What the roles of a launch come to in Xueshi. */
export interface MappedRoles {
  /** The role that decides what the pages offer. */
  launchRole: LaunchRole
  /** Every role found, each once; never empty. */
  launchRoles: LaunchRole[]
  /** Whether a test user launched. */
  test: boolean
}

const membership = /^http:\/\/purl\.imsglobal\.org\/vocab\/lis\/v2\/membership(?:\/([A-Za-z]+))?#([A-Za-z]+)$/
const testUser = 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'

const byName: Record<string, LaunchRole> = {
  Learner: 'learner',
  Instructor: 'course_leader',
  ContentDeveloper: 'course_leader',
}

/**
 * Maps the roles of a token: full URIs, sub-roles, and the short names that LTI 1.3 deprecates. Whatever is not a
 * membership of the course (an administrator of the site, an unknown word, an empty list) is a visitor.
 */
export function mapRoles(roles: string[]): MappedRoles {
  const found = new Set(roles.map(roleOf).filter((role) => role !== undefined))
  const order: LaunchRole[] = ['learner', 'course_leader']
  const launchRoles = order.filter((role) => found.has(role))
  return {
    launchRole: launchRoles[0] ?? 'visitor',
    launchRoles: launchRoles.length > 0 ? launchRoles : ['visitor'],
    test: roles.includes(testUser),
  }
}

function roleOf(role: string): LaunchRole | undefined {
  const uri = membership.exec(role)
  // A sub-role hangs on its principal: membership/Instructor#TeachingAssistant.
  const name = uri ? (uri[1] ?? uri[2]) : role
  return name && Object.hasOwn(byName, name) ? byName[name] : undefined
}
