import type { PlatformCourse } from './courses.ts'
import { settingsOf } from './deep-linking.ts'
import { type Gradebook, itemOfLink } from './gradebook.ts'
import { type PreparedLaunch, targetLinkUriOf } from './launches.ts'
import { LTI_CLAIM } from './modes.ts'
import { mailOf, namesOf, rolesOf, subjectOf } from './people.ts'
import { lineItemsUrl, lineItemUrl, membershipsUrl } from './service-urls.ts'
import { AGS, DL_CLAIM, NRPS, SCOPE } from './vocabulary.ts'

const MEMBERSHIP_COURSE = 'http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection'
const TOKEN_SECONDS = 60

const ELSEWHERE = 'https://other-platform.example'

/** Where the platform is: its origin without trailing slash, which is the issuer too. */
export interface Site {
  publicUrl: string
}

/**
 * The claims of one launch, with what its modes spoil.
 *
 * Spoilt last, so that `claim:drop` and `claim:set` reach every claim,
 * whatever else the launch asked for.
 */
export function claimsOf(
  launch: PreparedLaunch,
  { site, gradebook }: { site: Site; gradebook: Gradebook },
  nonce: unknown,
  nowSeconds: number,
): Record<string, unknown> {
  const { modes } = launch
  const issuedAt = nowSeconds + modes.clockSeconds
  const claims: Record<string, unknown> = {
    iss: modes.issuer ?? site.publicUrl,
    aud: launch.tool.clientId,
    sub: subjectOf(launch.person.key),
    iat: issuedAt,
    exp: issuedAt + TOKEN_SECONDS,
    ...(modes.clockSeconds === 0 ? {} : { nbf: issuedAt }),
    ...(nonce === undefined ? {} : { nonce }),
    ...personalClaims(launch),
    ...messageClaims(launch, site),
    ...reviewClaims(launch),
    ...deepLinkingClaims(launch, site),
    ...serviceClaims(launch, site, gradebook),
  }
  for (const name of modes.droppedClaims) delete claims[name]
  for (const [name, value] of modes.setClaims) claims[name] = value
  return claims
}

function personalClaims({ person, locale, modes }: PreparedLaunch): Record<string, unknown> {
  const names = modes.share.includes('no-names') ? {} : namesOf(person)
  return { ...names, ...(modes.share.includes('mail') ? { email: mailOf(person) } : {}), locale }
}

function messageClaims(launch: PreparedLaunch, site: Site): Record<string, unknown> {
  const { course, link, message, modes, person } = launch
  const returnUrl = new URL(`/courses/${course.id}`, site.publicUrl)
  if (modes.moodle) returnUrl.searchParams.set('sesskey', 'DEMOsesskey')
  return {
    [`${LTI_CLAIM}message_type`]: message.type,
    [`${LTI_CLAIM}version`]: '1.3.0',
    [`${LTI_CLAIM}deployment_id`]: modes.deploymentId ?? launch.deploymentId,
    [`${LTI_CLAIM}target_link_uri`]: targetLinkUriOf(launch),
    ...(message.type === 'LtiDeepLinkingRequest'
      ? {}
      : { [`${LTI_CLAIM}resource_link`]: { id: link.id, title: link.title, description: link.text } }),
    [`${LTI_CLAIM}roles`]: modes.roles ?? rolesOf(person),
    [`${LTI_CLAIM}context`]: {
      ...contextOf(course),
      type: [modes.moodle ? 'CourseSection' : MEMBERSHIP_COURSE],
    },
    [`${LTI_CLAIM}tool_platform`]: {
      guid: new URL(site.publicUrl).host,
      name: '演示学习平台',
      product_family_code: modes.moodle ? 'moodle' : 'xueshi-demo-platform',
      version: modes.moodle ? '2025041400' : '1',
      ...(modes.moodle ? {} : { url: site.publicUrl }),
    },
    [`${LTI_CLAIM}launch_presentation`]: {
      document_target: launch.documentTarget,
      locale: launch.locale,
      return_url: modes.returnUrl === 'presentation' ? 'javascript:alert(document.domain)' : returnUrl.href,
    },
    [`${LTI_CLAIM}lis`]: modes.moodle ? { person_sourcedid: '', course_section_sourcedid: '' } : {},
    [`${LTI_CLAIM}custom`]: {
      ...customOf(launch),
      ...(modes.moodle ? { unresolved: '$Nope.thing' } : {}),
    },
  }
}

function customOf({ message, link, tool }: PreparedLaunch): Record<string, string> {
  if (message.type === 'LtiDeepLinkingRequest') return tool.custom
  const review = message.type === 'LtiSubmissionReviewRequest' ? message.lineItem.submissionReview : undefined
  return { ...tool.custom, ...link.custom, ...review?.custom }
}

function reviewClaims({ message, modes }: PreparedLaunch): Record<string, unknown> {
  if (message.type !== 'LtiSubmissionReviewRequest') return {}
  const names = modes.share.includes('no-names') ? {} : namesOf(message.learner)
  return {
    [`${LTI_CLAIM}for_user`]: {
      user_id: subjectOf(message.learner.key),
      ...names,
      roles: rolesOf(message.learner),
    },
  }
}

function deepLinkingClaims({ message, modes }: PreparedLaunch, { publicUrl }: Site): Record<string, unknown> {
  if (message.type !== 'LtiDeepLinkingRequest') return {}
  return { [`${DL_CLAIM}deep_linking_settings`]: settingsOf(message.request, modes, publicUrl) }
}

// The URLs keep a query string, as real ones do: a tool that appends to them with `/` breaks here, not at a customer's.
function serviceClaims(launch: PreparedLaunch, site: Site, gradebook: Gradebook): Record<string, unknown> {
  const { course, tool, modes, faults } = launch
  const publicUrl = modes.returnUrl === 'services' ? ELSEWHERE : site.publicUrl
  const scopes = tool.scopes.filter((scope) => scope.startsWith(AGS))
  const item = lineItemFor(launch, gradebook)
  const endpoint = {
    scope: scopes,
    lineitems: lineItemsUrl(publicUrl, course, tool.clientId, faults),
    ...(item ? { lineitem: lineItemUrl(publicUrl, item, faults) } : {}),
  }
  const members = {
    context_memberships_url: membershipsUrl(publicUrl, course, tool.clientId, faults),
    service_versions: ['2.0'],
  }
  return {
    ...(scopes.length > 0 ? { [`${AGS}/claim/endpoint`]: endpoint } : {}),
    ...(tool.scopes.includes(SCOPE.members) ? { [`${NRPS}/claim/namesroleservice`]: members } : {}),
  }
}

function lineItemFor({ message, course, tool, link }: PreparedLaunch, gradebook: Gradebook) {
  if (message.type === 'LtiSubmissionReviewRequest') return message.lineItem
  if (message.type === 'LtiDeepLinkingRequest') return null
  return itemOfLink(gradebook.itemsOf(course, tool.clientId), link)
}

/** How a course is named in tokens and rosters. */
export function contextOf(course: PlatformCourse): { id: string; label: string; title: string } {
  return { id: `course-${course.id}`, label: course.offeringCode ?? course.id, title: course.title.zh }
}
