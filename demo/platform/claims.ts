import type { PreparedLaunch } from './launches.ts'
import { LTI_CLAIM } from './modes.ts'
import { mailOf, rolesOf, subjectOf } from './people.ts'

const MEMBERSHIP_COURSE = 'http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection'
const AGS = 'https://purl.imsglobal.org/spec/lti-ags'
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps'
const TOKEN_SECONDS = 60

/** Where the platform and the tool are; origins without trailing slash. */
export interface Site {
  publicUrl: string
  targetLinkUri: string
}

/**
 * The claims of one launch, with what its modes spoil.
 *
 * Spoilt last, so that `claim:drop` and `claim:set` reach every claim,
 * whatever else the launch asked for.
 */
export function claimsOf(
  launch: PreparedLaunch,
  site: Site,
  nonce: unknown,
  nowSeconds: number,
): Record<string, unknown> {
  const { modes } = launch
  const issuedAt = nowSeconds + modes.clockSeconds
  const claims: Record<string, unknown> = {
    iss: modes.issuer ?? site.publicUrl,
    aud: launch.clientId,
    sub: subjectOf(launch.person.key),
    iat: issuedAt,
    exp: issuedAt + TOKEN_SECONDS,
    ...(modes.clockSeconds === 0 ? {} : { nbf: issuedAt }),
    ...(nonce === undefined ? {} : { nonce }),
    ...personalClaims(launch),
    ...messageClaims(launch, site),
    ...serviceClaims(launch, site),
  }
  for (const name of modes.droppedClaims) delete claims[name]
  for (const [name, value] of modes.setClaims) claims[name] = value
  return claims
}

function personalClaims({ person, locale, modes }: PreparedLaunch): Record<string, unknown> {
  const names = modes.share.includes('no-names') ? {} : { name: person.name, ...splitName(person.name) }
  return { ...names, ...(modes.share.includes('mail') ? { email: mailOf(person) } : {}), locale }
}

// Family names come first in Chinese; a name with a dot is one whole that nobody may cut.
function splitName(name: string): { family_name: string; given_name: string } {
  const letters = [...name]
  if (name.includes('·')) return { family_name: name, given_name: name }
  return { family_name: letters[0] ?? '', given_name: letters.slice(1).join('') }
}

function messageClaims(launch: PreparedLaunch, site: Site): Record<string, unknown> {
  const { course, modes, person } = launch
  const returnUrl = new URL(`/courses/${course.id}`, site.publicUrl)
  if (modes.moodle) returnUrl.searchParams.set('sesskey', 'DEMOsesskey')
  return {
    [`${LTI_CLAIM}message_type`]: 'LtiResourceLinkRequest',
    [`${LTI_CLAIM}version`]: '1.3.0',
    [`${LTI_CLAIM}deployment_id`]: modes.deploymentId ?? launch.deploymentId,
    [`${LTI_CLAIM}target_link_uri`]: site.targetLinkUri,
    [`${LTI_CLAIM}resource_link`]: {
      id: `link-${course.id}`,
      title: course.title.zh,
      description: course.about.zh,
    },
    [`${LTI_CLAIM}roles`]: modes.roles ?? rolesOf(person),
    [`${LTI_CLAIM}context`]: {
      id: `course-${course.id}`,
      label: course.offeringCode ?? course.id,
      title: course.title.zh,
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
      return_url: returnUrl.href,
    },
    [`${LTI_CLAIM}lis`]: modes.moodle ? { person_sourcedid: '', course_section_sourcedid: '' } : {},
    [`${LTI_CLAIM}custom`]: {
      ...(course.offeringCode === null ? {} : { offering_code: course.offeringCode }),
      ...(modes.moodle ? { unresolved: '$Nope.thing' } : {}),
    },
  }
}

// The URLs keep a query string, as real ones do: a tool that appends to them with `/` breaks here, not at a customer's.
function serviceClaims({ course, clientId }: PreparedLaunch, { publicUrl }: Site): Record<string, unknown> {
  const services = `${publicUrl}/lti/services/${course.id}`
  return {
    [`${AGS}/claim/endpoint`]: {
      scope: ['lineitem', 'score', 'result.readonly'].map((scope) => `${AGS}/scope/${scope}`),
      lineitems: `${services}/lineitems?client=${clientId}`,
      lineitem: `${services}/lineitems/1/lineitem?client=${clientId}`,
    },
    [`${NRPS}/claim/namesroleservice`]: {
      context_memberships_url: `${services}/memberships?client=${clientId}`,
      service_versions: ['2.0'],
    },
  }
}
