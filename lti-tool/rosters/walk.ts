import type { Ground } from '../../foundation/ground.ts'
import { isIdentityNumber } from '../../ledger/roster/identity-number.ts'
import { looksLikeIdentityNumber } from '../launch/identity-shape.ts'
import { mapRoles } from '../launch/roles.ts'
import { firstPageOf, type RosterMember, readRosterPage } from '../lti-services/nrps.ts'
import {
  forgetTokens,
  isServiceAddress,
  type ServiceContext,
  type ServiceRegistration,
} from '../lti-services/service-call.ts'
import { askedWaitMs, codeOfFailure } from '../lti-services/service-code.ts'
import type { RosterCode } from './roster.ts'

/** Somebody on a roster, in our words. */
export interface Member {
  sub: string
  sharedName: string | null
  sourcedId: string | null
  launchRoles: string[]
  status: 'active' | 'inactive'
}

/** A roster that was read whole, or why it was not: half a roster is none. */
export type Walked =
  | { ok: true; members: Member[]; pages: number; dropped: number }
  | { ok: false; code: RosterCode; status: number | null; askedMs: number }

const mostPages = 100

/**
 * Reads a roster page by page, each with its deadline, from the platform's own hosts alone. A page that names somebody
 * twice, leads elsewhere or round in a circle, or is no roster, ends it: the last good roster stays.
 */
export async function walkRoster(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
  how: { deadlineMs?: number; signal: AbortSignal },
): Promise<Walked> {
  const members = new Map<string, Member>()
  const visited = new Set<string>()
  let dropped = 0
  let url: string | null = firstPageOf(context.membershipsUrl ?? '')
  for (let pages = 0; url !== null; pages++) {
    if (how.signal.aborted) return refused('TIMEOUT')
    if (pages >= mostPages) return refused('TOO_LARGE')
    if (visited.has(url)) return refused('LOOP')
    if (!isServiceAddress(ground, registration, url)) {
      ground.log.warn(
        { registrationId: registration.registrationId },
        'a roster leads to a foreign host: not followed',
      )
      return refused('FOREIGN_HOST')
    }
    visited.add(url)
    const page = await pageAt(ground, registration, context, url, how.deadlineMs)
    if (!page.ok) return page
    const named = new Set(page.members.map(({ userId }) => userId))
    if (named.size < page.members.length) return refused('DUPLICATE')
    for (const one of page.members) {
      const member = memberFrom(one)
      // Somebody may move to the next page while it is read.
      if (!member) dropped += 1
      else if (!members.has(member.sub)) members.set(member.sub, member)
    }
    url = page.next
  }
  return { ok: true, members: [...members.values()], pages: visited.size, dropped }
}

function refused(code: RosterCode, status: number | null = null, askedMs = 0) {
  return { ok: false as const, code, status, askedMs }
}

async function pageAt(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
  url: string,
  deadlineMs: number | undefined,
  isSecond = false,
): Promise<{ ok: true; members: RosterMember[]; next: string | null } | Extract<Walked, { ok: false }>> {
  const answer = await readRosterPage(ground, registration, context, url, deadlineMs)
  if (answer.ok) return { ok: true, ...answer.value }
  const { failure } = answer
  const code = codeOfFailure(failure)
  if (code === 'UNAUTHENTICATED' || code === 'TOKEN_UNAVAILABLE') await forgetTokens(ground, registration)
  if (code === 'UNAUTHENTICATED' && !isSecond)
    return pageAt(ground, registration, context, url, deadlineMs, true)
  return refused(code, failure.status, askedWaitMs(failure, ground.now() / 1000))
}

/** Null for who cannot be kept: an identity number has no place here. */
function memberFrom(member: RosterMember): Member | null {
  if (isIdentityNumber(member.userId) || !isClean(member.userId)) return null
  return {
    sub: member.userId,
    sharedName: readable(member.name ?? togetherOf(member)),
    sourcedId: readable(member.sourcedId),
    launchRoles: rolesOf(member),
    status: member.status,
  }
}

/** A test user studies for nobody. */
function rolesOf({ roles }: RosterMember): string[] {
  const mapped = mapRoles(roles)
  return mapped.test ? ['visitor'] : mapped.launchRoles
}

const isClean = (text: string) => !/[\p{Cc}\p{Cs}]/u.test(text)

function readable(text: string | null): string | null {
  if (text === null || !isClean(text) || looksLikeIdentityNumber(text)) return null
  return [...text].length <= 255 ? text : null
}

/** A Chinese name is written together, family name first. */
function togetherOf({ familyName, givenName }: RosterMember): string | null {
  if (familyName === null || givenName === null) return familyName ?? givenName
  return /\p{Script=Han}/u.test(familyName) ? `${familyName}${givenName}` : `${givenName} ${familyName}`
}
