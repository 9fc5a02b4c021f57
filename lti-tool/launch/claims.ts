import { z } from 'zod'
import { isIdentityNumber } from '../../ledger/roster/identity-number.ts'
import { looksLikeIdentityNumber } from './identity-shape.ts'
import type { MessageType } from './message-type.ts'
import { LaunchRefused } from './refusal.ts'
import { type MappedRoles, mapRoles } from './roles.ts'
import type { TokenClaims } from './token.ts'

/** What a token says, in our words: only what Xueshi keeps, each value checked. */
export interface LaunchClaims extends MappedRoles {
  messageType: MessageType
  deploymentId: string
  sub: string
  targetLinkUri: string
  roles: string[]
  /** The name as the platform shared it, or null. */
  sharedName: string | null
  course: {
    id: string | null
    label: string | null
    title: string | null
    type: string | null
    sourcedId: string | null
  }
  resourceLink: { id: string | null; title: string | null }
  offeringCode: string | null
  lineItemUrl: string | null
  lineItemsUrl: string | null
  agsScopes: string[]
  membershipsUrl: string | null
  /** Of a deep-linking request: the settings as they came, and where the answer goes. */
  deepLinking: { returnUrl: string; settings: unknown } | null
  /** Of a submission review: whose work is to be looked at. */
  forUser: string | null
  documentTarget: string | null
  locale: string | null
  returnUrl: string | null
  platformFamily: string | null
  platformVersion: string | null
  /** Names of optional claims that did not parse and were left out. */
  dropped: string[]
}

/** Where the claims of LTI and its services live in a token. */
const claimNames = {
  version: 'https://purl.imsglobal.org/spec/lti/claim/version',
  messageType: 'https://purl.imsglobal.org/spec/lti/claim/message_type',
  deploymentId: 'https://purl.imsglobal.org/spec/lti/claim/deployment_id',
  roles: 'https://purl.imsglobal.org/spec/lti/claim/roles',
  targetLinkUri: 'https://purl.imsglobal.org/spec/lti/claim/target_link_uri',
  resourceLink: 'https://purl.imsglobal.org/spec/lti/claim/resource_link',
  context: 'https://purl.imsglobal.org/spec/lti/claim/context',
  custom: 'https://purl.imsglobal.org/spec/lti/claim/custom',
  presentation: 'https://purl.imsglobal.org/spec/lti/claim/launch_presentation',
  platform: 'https://purl.imsglobal.org/spec/lti/claim/tool_platform',
  lis: 'https://purl.imsglobal.org/spec/lti/claim/lis',
  forUser: 'https://purl.imsglobal.org/spec/lti/claim/for_user',
  ags: 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint',
  nrps: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
  deepLinking: 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings',
} as const

/** Text that a database gives back as it got it: no control characters, no half of a surrogate pair. */
const clean = z.string().refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text))
const identifier = clean.min(1).max(255)
/** Kept and sent as it is, so what is surely an identity number is refused, by its check character, and no other number. */
const person = identifier.refine((text) => !isIdentityNumber(text))

/** Text as it came, cut to its column; "" is what Moodle sends for what it lacks. */
const opaque = (most: number) =>
  clean.nullish().transform((text) => [...(text ?? '')].slice(0, most).join('') || null)
/** Text for reading, in which somebody may have written more than belongs there. */
const label = (most: number) => opaque(most).transform(withoutIdentityNumber)
const address = z
  .string()
  .max(2048)
  .refine((text) => URL.canParse(text))
  .nullish()
  .transform((text) => text ?? null)

const required = z.object({
  version: z.literal('1.3.0'),
  messageType: z.enum(['LtiResourceLinkRequest', 'LtiDeepLinkingRequest', 'LtiSubmissionReviewRequest']),
  deploymentId: identifier,
  sub: person,
  roles: z.array(z.string().max(500)).max(200),
  targetLinkUri: z.string().min(1),
})

const requiredByMessage = {
  LtiResourceLinkRequest: z.object({ resourceLink: z.object({ id: identifier }) }),
  LtiDeepLinkingRequest: z.object({
    deepLinking: z.looseObject({
      deep_link_return_url: z.string().min(1),
      accept_types: z.array(z.string()),
      accept_presentation_document_targets: z.array(z.string()),
    }),
  }),
  LtiSubmissionReviewRequest: z.object({
    forUser: z.object({ user_id: person }),
    ags: z.object({ lineitem: z.string().min(1) }),
  }),
} satisfies Record<MessageType, z.ZodType>

const context = z.object({
  id: opaque(255),
  label: label(255),
  title: label(500),
  type: z.array(clean).nullish(),
})
const resourceLink = z.object({ id: opaque(255), title: label(500) })
const custom = z.object({ offering_code: z.union([clean.max(200), z.number()]).nullish() })
const presentation = z.object({
  document_target: z.enum(['frame', 'iframe', 'window']).nullish(),
  locale: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,35}$/)
    .nullish(),
  return_url: address,
})
const platform = z.object({ product_family_code: label(100), version: label(100) })
const lis = z.object({ course_section_sourcedid: label(255) })
const ags = z.object({
  lineitem: address,
  lineitems: address,
  scope: z.array(z.string().max(200)).max(10).nullish(),
})
const nrps = z.object({ context_memberships_url: address })

/** Only a name that no page could show or no row could hold, or with an identity number in it, is left out; nothing is trimmed, split or normalised. */
const name = clean.min(1).refine((text) => [...text].length <= 255 && !looksLikeIdentityNumber(text))

/**
 * Reads the claims of a verified token. Throws LaunchRefused `lti-claims-invalid` where a required one is missing or of
 * another form; an optional one that does not parse is left out and named in `dropped`.
 */
export function readClaims(token: TokenClaims): LaunchClaims {
  const claims: Record<string, unknown> = { ...token }
  for (const [short, long] of Object.entries(claimNames)) claims[short] = token[long]
  const base = parsed(required, claims)
  parsed<unknown>(requiredByMessage[base.messageType], claims)

  const dropped: string[] = []
  const take = <T>(short: string, schema: z.ZodType<T>): Partial<T> => {
    if (claims[short] == null) return {}
    const read = schema.safeParse(claims[short])
    if (read.success) return read.data
    dropped.push(short)
    return {}
  }
  const course = take('context', context)
  const link = take('resourceLink', resourceLink)
  const shown = take('presentation', presentation)
  const product = take('platform', platform)
  const endpoint = take('ags', ags)
  const sourcedId = take('lis', lis).course_section_sourcedid ?? null
  return {
    ...mapRoles(base.roles),
    messageType: base.messageType,
    deploymentId: base.deploymentId,
    sub: base.sub,
    targetLinkUri: base.targetLinkUri,
    roles: base.roles,
    sharedName: sharedNameOf(claims, dropped),
    course: {
      id: course.id ?? null,
      label: course.label ?? null,
      title: course.title ?? null,
      type: [...(course.type ?? []).join(' ')].slice(0, 500).join('') || null,
      sourcedId: withoutIdentityNumber(sourcedId),
    },
    resourceLink: { id: link.id ?? null, title: link.title ?? null },
    offeringCode: offeringCodeOf(take('custom', custom).offering_code),
    lineItemUrl: endpoint.lineitem ?? null,
    lineItemsUrl: endpoint.lineitems ?? null,
    agsScopes: endpoint.scope ?? [],
    membershipsUrl: take('nrps', nrps).context_memberships_url ?? null,
    deepLinking: base.messageType === 'LtiDeepLinkingRequest' ? deepLinkingOf(claims.deepLinking) : null,
    forUser: base.messageType === 'LtiSubmissionReviewRequest' ? forUserOf(claims.forUser) : null,
    documentTarget: shown.document_target ?? null,
    locale: shown.locale ?? null,
    returnUrl: shown.return_url ?? null,
    platformFamily: product.product_family_code ?? null,
    platformVersion: product.version ?? null,
    dropped,
  }
}

function parsed<T>(schema: z.ZodType<T>, claims: unknown): T {
  const read = schema.safeParse(claims)
  if (read.success) return read.data
  const places = read.error.issues.map((issue) => issue.path.join('.'))
  throw new LaunchRefused('lti-claims-invalid', `not valid: ${[...new Set(places)].join(', ')}`)
}

function sharedNameOf(claims: Record<string, unknown>, dropped: string[]): string | null {
  const whole = claims.name ?? togetherOf(claims.family_name, claims.given_name)
  if (whole == null || whole === '') return null
  const read = name.safeParse(whole)
  if (!read.success) dropped.push('name')
  return read.success ? read.data : null
}

/** A Chinese name is written together, family name first. */
function togetherOf(family: unknown, given: unknown): string | null {
  if (typeof family !== 'string' || typeof given !== 'string') return null
  return /\p{Script=Han}/u.test(family) ? `${family}${given}` : `${given} ${family}`.trim()
}

/** A variable that the platform does not know arrives literally, with its `$`. */
function offeringCodeOf(value: string | number | null | undefined): string | null {
  const code = value == null ? '' : String(value).trim()
  return code === '' || code.startsWith('$') ? null : withoutIdentityNumber(code)
}

function deepLinkingOf(settings: unknown): { returnUrl: string; settings: unknown } {
  return { returnUrl: (settings as { deep_link_return_url: string }).deep_link_return_url, settings }
}

function forUserOf(user: unknown): string {
  return (user as { user_id: string }).user_id
}

/** Identity numbers are not accepted through LTI, wherever a platform may put them. */
function withoutIdentityNumber(text: string | null): string | null {
  return text !== null && looksLikeIdentityNumber(text) ? null : text
}
