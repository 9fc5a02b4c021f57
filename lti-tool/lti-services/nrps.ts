import { z } from 'zod'
import type { Ground } from '../../foundation/ground.ts'
import {
  callService,
  type ServiceAnswer,
  type ServiceContext,
  type ServiceRegistration,
  tokenOf,
} from './service-call.ts'

/** Somebody on a roster, as the platform says it. */
export interface RosterMember {
  userId: string
  roles: string[]
  /** A member without a status is active. */
  status: 'active' | 'inactive'
  name: string | null
  familyName: string | null
  givenName: string | null
  /** What the platform calls her in its own records. */
  sourcedId: string | null
}

/** One page of a roster. */
export interface RosterPage {
  members: RosterMember[]
  /** Address of the next page, as it came: whoever follows it checks it first. */
  next: string | null
}

const pageBytes = 4 * 1024 * 1024
/** So many members are asked for at once. */
const perPage = 200

const text = z.string().max(2000).nullish()
const container = z.object({
  members: z
    .array(
      z.object({
        user_id: z.string().min(1).max(255),
        roles: z.array(z.string().max(500)).max(200),
        status: z.string().max(40).nullish(),
        name: text,
        family_name: text,
        given_name: text,
        lis_person_sourcedid: text,
      }),
    )
    .max(20_000),
  next: z.string().max(4000).nullish(),
})

/** The address of the first page: as the launch named it, with the size of a page where it says none. */
export function firstPageOf(membershipsUrl: string): string {
  const url = new URL(membershipsUrl)
  if (!url.searchParams.has('limit')) url.searchParams.set('limit', String(perPage))
  return url.href
}

/** Reads one page of a roster. What is no list of members is `unreadable`. */
export async function readRosterPage(
  ground: Ground,
  registration: ServiceRegistration,
  context: ServiceContext,
  url: string,
  deadlineMs?: number,
): Promise<ServiceAnswer<RosterPage>> {
  return callService(
    ground,
    registration,
    async (lti) => {
      const read = container.safeParse(await lti.NamesAndRoles.getMembers(tokenOf(context), { url }))
      if (!read.success) throw new SyntaxError('no list of members')
      const { members, next } = read.data
      return { members: members.map(memberOf), next: next ?? null }
    },
    { answerBytes: pageBytes, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
  )
}

function memberOf(member: z.infer<typeof container>['members'][number]): RosterMember {
  return {
    userId: member.user_id,
    roles: member.roles,
    status: (member.status ?? 'Active').toLowerCase() === 'active' ? 'active' : 'inactive',
    name: member.name || null,
    familyName: member.family_name || null,
    givenName: member.given_name || null,
    sourcedId: member.lis_person_sourcedid || null,
  }
}
