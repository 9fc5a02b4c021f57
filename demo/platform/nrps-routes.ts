import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { contextOf } from './claims.ts'
import { linksOf } from './links.ts'
import { LTI_CLAIM } from './modes.ts'
import { mailOf, namesOf, rolesOf, subjectOf } from './people.ts'
import type { Platform } from './platform.ts'
import type { Member } from './roster.ts'
import { CallRefused, callOf, failed, mustAccept, pageOf, queryOf, type ServiceCall } from './service-call.ts'
import type { Faults } from './service-modes.ts'
import { MEDIA, SCOPE } from './vocabulary.ts'

// Small, so that whoever reads a roster of the demo meets more than one page.
const PAGE_SIZE = 5
const HUGE_BYTES = 8 * 1024 * 1024
const ELSEWHERE = 'https://other-platform.example'

/** Names and Role Provisioning Services 2.0: who is in a course, page by page. */
export function nrpsRoutes(app: FastifyInstance, platform: Platform): void {
  app.get('/lti/services/:course/memberships', async (request, reply) => {
    const call = callOf(platform, request, { service: 'nrps', scopes: [SCOPE.members] })
    const { faults } = call
    if (await failed(reply, faults)) return reply
    if (faults.has('html')) return reply.type('text/html').send('<!doctype html><title>登录</title>')
    mustAccept(request, MEDIA.members, call.moodle)
    const { publicUrl } = platform.site
    const page = pageOf(membersFor(platform, call), request, publicUrl, {
      size: call.moodle ? 50 : PAGE_SIZE,
      most: Number(faults.get('page') || 100),
    })
    const link = spoiltLink(page.link, request, publicUrl, faults)
    if (link !== null) reply.header('link', link)
    return sendContainer(reply, call, {
      id: new URL(request.url, publicUrl).href,
      context: contextOf(call.course),
      members: spoiltMembers(
        page.items.map((member) => memberJson(platform, member, call)),
        faults,
      ),
    })
  })
}

function membersFor(platform: Platform, { course, query }: ServiceCall): Member[] {
  const rlid = query.get('rlid')
  if (rlid !== null && !linksOf(platform.links, course).some((link) => link.id === rlid))
    throw new CallRefused(404, 'rlid is no link of this course')
  const role = query.get('role')
  const all = platform.roster.membersOf(course)
  if (role === null) return all
  return all.filter(({ person }) => rolesOf(person).some((each) => each === role || shortOf(each) === role))
}

function memberJson(platform: Platform, { person, status }: Member, call: ServiceCall) {
  const { faults, moodle, query } = call
  const short = moodle || faults.has('short-roles')
  const roles = rolesOf(person)
  const rlid = query.get('rlid')
  const link = platform.links.find((each) => each.id === rlid)
  return {
    status: moodle ? 'Active' : status,
    ...(faults.has('no-names') ? {} : namesOf(person)),
    ...(platform.standingModes.includes('share:mail') ? { email: mailOf(person) } : {}),
    user_id: subjectOf(person.key),
    roles: short ? [...new Set(roles.map(shortOf))] : roles,
    ...(link === undefined
      ? {}
      : {
          message: [
            {
              [`${LTI_CLAIM}message_type`]: 'LtiResourceLinkRequest',
              [`${LTI_CLAIM}resource_link`]: { id: link.id, title: link.title },
              [`${LTI_CLAIM}custom`]: link.custom,
            },
          ],
        }),
  }
}

/** The name behind the `#` of a role, as the deprecated short form has it. */
function shortOf(role: string): string {
  return role.split('#').at(-1) ?? role
}

function spoiltLink(
  link: string | null,
  request: FastifyRequest,
  publicUrl: string,
  faults: Faults,
): string | null {
  if (faults.has('loop')) return `<${new URL(request.url, publicUrl).href}>; rel="next"`
  if (faults.has('foreign-next')) {
    const query = queryOf(request)
    query.set('from', String(PAGE_SIZE))
    return `<${ELSEWHERE}${request.url.split('?')[0]}?${query}>; rel="next"`
  }
  return link
}

function spoiltMembers<T extends object>(members: T[], faults: Faults): T[] {
  return faults.has('duplicate') ? [...members, ...members.slice(0, 1)] : members
}

function sendContainer(reply: FastifyReply, { faults }: ServiceCall, container: object) {
  const bytes = Number(faults.get('huge') || HUGE_BYTES)
  const text = JSON.stringify(faults.has('huge') ? { ...container, padding: 'x'.repeat(bytes) } : container)
  return reply.type(MEDIA.members).send(text)
}
