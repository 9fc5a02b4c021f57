import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { DeepLinkingRequest } from './deep-linking.ts'
import type { LineItemFields } from './gradebook.ts'
import { readLineItem } from './line-item.ts'
import type { ResourceLink } from './links.ts'
import { LTI_CLAIM } from './modes.ts'
import type { Platform } from './platform.ts'
import { CallRefused } from './service-call.ts'
import { ToolTokenRefused } from './tool-keys.ts'
import { DL_CLAIM } from './vocabulary.ts'

/** What a tool answered to a deep-linking request, checked. */
export interface DeepLinkAnswer {
  items: { link: ResourceLink; lineItem: LineItemFields | null }[]
  /** Accepted items of types that a course page does not show. */
  others: number
  /** What the tool wants to tell the person; null where it is silent. */
  message: string | null
}

/**
 * Verifies the answer to a request and reads what is to be added.
 *
 * Everything of Deep Linking 2.0 §4.4 is demanded: a signature by the client
 * that was asked, issuer and audience, times, a nonce that is new, the
 * deployment, the data as they were sent, and items of accepted types only.
 * Throws ToolTokenRefused with what is wrong.
 */
export async function readAnswer(
  platform: Platform,
  request: DeepLinkingRequest,
  token: string,
): Promise<DeepLinkAnswer> {
  const { tool } = request
  const claims = await platform.toolKeys.read(token, tool, {
    audience: [platform.site.publicUrl],
    leewaySeconds: 60,
    required: ['nonce'],
  })
  const expected: [string, unknown][] = [
    [`${LTI_CLAIM}message_type`, 'LtiDeepLinkingResponse'],
    [`${LTI_CLAIM}version`, '1.3.0'],
    [`${LTI_CLAIM}deployment_id`, request.deploymentId],
    [`${DL_CLAIM}data`, request.data ?? undefined],
  ]
  for (const [name, value] of expected) if (claims[name] !== value) refuse(`${name} is not what it must be`)
  const answer = itemsIn(claims, request)
  platform.toolKeys.useOnce('nonce', tool.clientId, claims.nonce, claims.exp ?? 0)
  return answer
}

function itemsIn(claims: JWTPayload, request: DeepLinkingRequest): DeepLinkAnswer {
  const given = claims[`${DL_CLAIM}content_items`] ?? []
  if (!Array.isArray(given)) refuse('content_items must be a list')
  const items = given as Record<string, unknown>[]
  if (!request.acceptMultiple && items.length > 1) refuse('one item at most was asked for')
  const strange = items.find((item) => !request.acceptTypes.includes(item?.type as string))
  if (strange !== undefined) refuse(`an item of type ${String(strange?.type)} was not asked for`)
  const links = items.filter((item) => item.type === 'ltiResourceLink')
  const message = claims[`${DL_CLAIM}errormsg`] ?? claims[`${DL_CLAIM}msg`]
  return {
    items: links.map((item) => readItem(item, request)),
    others: items.length - links.length,
    message: typeof message === 'string' ? message : null,
  }
}

function readItem(
  item: Record<string, unknown>,
  request: DeepLinkingRequest,
): DeepLinkAnswer['items'][number] {
  const { course, deploymentId } = request
  const custom = item.custom ?? {}
  if (typeof custom !== 'object' || Object.values(custom).some((value) => typeof value !== 'string'))
    refuse('custom must hold strings')
  const link = {
    id: randomUUID(),
    courseId: course.id,
    title: textIn(item, 'title') ?? course.title.zh,
    text: textIn(item, 'text') ?? '',
    url: urlIn(item, request),
    custom: custom as Record<string, string>,
    deploymentId,
  }
  return { link, lineItem: request.acceptLineItem === false ? null : lineItemIn(item, link) }
}

// A link may lead to this tool only; another address would make the platform vouch for it.
function urlIn(item: Record<string, unknown>, { tool }: DeepLinkingRequest): string | null {
  const url = textIn(item, 'url')
  if (url === null) return null
  if (!URL.canParse(url) || new URL(url).origin !== new URL(tool.targetLinkUri).origin)
    refuse('url must lie on the address of the tool')
  return url
}

function lineItemIn(item: Record<string, unknown>, link: ResourceLink): LineItemFields | null {
  if (item.lineItem === undefined) return null
  const given = { label: link.title, ...(item.lineItem as object), resourceLinkId: link.id }
  try {
    return readLineItem(given, [link.id])
  } catch (error) {
    if (error instanceof CallRefused) refuse(`lineItem: ${error.message}`)
    throw error
  }
}

function textIn(item: Record<string, unknown>, name: string): string | null {
  const value = item[name]
  if (value !== undefined && typeof value !== 'string') refuse(`${name} must be a string`)
  return value === undefined ? null : value
}

function refuse(text: string): never {
  throw new ToolTokenRefused(text)
}
