import { randomUUID } from 'node:crypto'
import type { PlatformCourse } from './courses.ts'
import type { LaunchModes } from './modes.ts'
import type { Person } from './people.ts'
import type { ToolRegistration } from './tools.ts'

/** What the platform has asked of the tool in one deep-linking request, to compare the answer with. */
export interface DeepLinkingRequest {
  id: string
  course: PlatformCourse
  person: Person
  tool: ToolRegistration
  deploymentId: string
  acceptTypes: string[]
  acceptMultiple: boolean
  /** Null where the request does not say; line items are then taken. */
  acceptLineItem: boolean | null
  /** Must come back as it is; null where none was sent. */
  data: string | null
  answered: boolean
}

/** Begins a request for content to add to a course. */
export function newDeepLinkingRequest(
  asked: Pick<DeepLinkingRequest, 'course' | 'person' | 'tool' | 'deploymentId'>,
  modes: LaunchModes,
): DeepLinkingRequest {
  const omitted = modes.moodle
  return {
    id: randomUUID(),
    ...asked,
    acceptTypes: modes.acceptTypes,
    acceptMultiple: !modes.deepLink.includes('single'),
    acceptLineItem: omitted ? null : !modes.deepLink.includes('no-lineitem'),
    // With what a careless tool would break: quotes, an ampersand, letters beyond ASCII.
    data:
      omitted || modes.deepLink.includes('no-data')
        ? null
        : JSON.stringify({ 请求: randomUUID(), q: 'a&b="c"' }),
    answered: false,
  }
}

/** The deep_linking_settings claim of a request (Deep Linking 2.0 §4.3.1), with what its modes spoil. */
export function settingsOf(
  request: DeepLinkingRequest,
  modes: LaunchModes,
  publicUrl: string,
): Record<string, unknown> {
  return {
    deep_link_return_url: returnUrlOf(request, modes.returnUrl, publicUrl),
    ...(modes.deepLink.includes('no-types') ? {} : { accept_types: request.acceptTypes }),
    accept_presentation_document_targets: ['iframe', 'window'],
    accept_multiple: request.acceptMultiple,
    ...(request.acceptLineItem === null ? {} : { accept_lineitem: request.acceptLineItem }),
    auto_create: false,
    ...(request.data === null ? {} : { data: request.data }),
  }
}

function returnUrlOf({ id }: DeepLinkingRequest, mode: LaunchModes['returnUrl'], publicUrl: string): string {
  const right = `${publicUrl}/lti/deep-links?request=${id}`
  if (mode === 'javascript') return 'javascript:alert(document.domain)'
  if (mode === 'foreign') return `https://other-platform.example/lti/deep-links?request=${id}`
  if (mode === 'quotes') return `${right}&mark="><b onmouseover='alert(1)'>`
  return right
}
