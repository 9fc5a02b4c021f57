import { randomUUID } from 'node:crypto'
import type { PlatformCourse } from './courses.ts'
import type { DeepLinkingRequest } from './deep-linking.ts'
import type { LineItem } from './gradebook.ts'
import type { ResourceLink } from './links.ts'
import type { LaunchModes } from './modes.ts'
import { type Person, subjectOf } from './people.ts'
import type { ToolRegistration } from './tools.ts'

/** What a launch is for, with what its kind needs. */
export type LaunchMessage =
  | { type: 'LtiResourceLinkRequest' }
  | { type: 'LtiDeepLinkingRequest'; request: DeepLinkingRequest }
  | { type: 'LtiSubmissionReviewRequest'; learner: Person; lineItem: LineItem }

/** A launch that the platform has begun and that waits for the tool to come to the authentication endpoint. */
export interface PreparedLaunch {
  id: string
  person: Person
  course: PlatformCourse
  link: ResourceLink
  message: LaunchMessage
  tool: ToolRegistration
  deploymentId: string
  documentTarget: 'iframe' | 'window'
  locale: string
  modes: LaunchModes
  /** The word by which service addresses in its claims find their faults; null where nothing is spoilt. */
  faults: string | null
}

/** Launches by the id in their message hint. */
export interface Launches {
  prepare(launch: Omit<PreparedLaunch, 'id'>): PreparedLaunch
  /** Hands a launch out once; null for an unknown, used or expired one. */
  take(id: string): PreparedLaunch | null
}

const LIFETIME_MS = 5 * 60_000

/** Keeps begun launches in memory for five minutes. */
export function openLaunches(now: () => number = Date.now): Launches {
  const waiting = new Map<string, { launch: PreparedLaunch; until: number }>()
  return {
    prepare(given) {
      const launch = { id: randomUUID(), ...given }
      waiting.set(launch.id, { launch, until: now() + LIFETIME_MS })
      return launch
    },
    take(id) {
      const found = waiting.get(id)
      waiting.delete(id)
      return found && found.until > now() ? found.launch : null
    },
  }
}

/**
 * The message hint of a launch: a JSON string, as Moodle sends it.
 *
 * A tool that decodes and encodes it again without care breaks it, and a tool
 * that uses it twice finds nothing.
 */
export function messageHintOf(launch: PreparedLaunch): string {
  return JSON.stringify({ course: launch.course.id, launchid: launch.id })
}

/** The launch id inside a message hint; null for anything that is no hint of ours. */
export function launchIdIn(messageHint: string | undefined): string | null {
  if (messageHint === undefined) return null
  try {
    const hint: unknown = JSON.parse(messageHint)
    const id = (hint as { launchid?: unknown } | null)?.launchid
    return typeof id === 'string' ? id : null
  } catch {
    return null // not JSON: the tool has altered what it had to hand back as it was
  }
}

/** The parameters with which the browser is sent to the tool's login initiation. */
export function loginParametersOf(launch: PreparedLaunch, issuer: string): [string, string][] {
  const { login, storage } = launch.modes
  const parameters: [string, string][] = [
    ['iss', issuer],
    ['target_link_uri', targetLinkUriOf(launch)],
    ['login_hint', subjectOf(launch.person.key)],
    ['lti_message_hint', messageHintOf(launch)],
  ]
  if (!login.includes('no-client-id')) parameters.push(['client_id', launch.tool.clientId])
  if (!login.includes('no-deployment')) parameters.push(['lti_deployment_id', launch.deploymentId])
  const target = storageTargetOf(storage)
  if (target) parameters.push(['lti_storage_target', target])
  return parameters.filter(([name]) => name !== 'login_hint' || !login.includes('no-hint'))
}

/** Where a launch is to end in the tool: the address of a review, of its link, or of the tool. */
export function targetLinkUriOf({ message, link, tool }: PreparedLaunch): string {
  const ofType = tool.messageUris[message.type]
  if (message.type === 'LtiDeepLinkingRequest') return ofType ?? tool.targetLinkUri
  const review = message.type === 'LtiSubmissionReviewRequest' ? message.lineItem.submissionReview : undefined
  return review?.url ?? link.url ?? ofType ?? tool.targetLinkUri
}

/** Which frame holds the platform storage, as the tool is told; null when the platform says it has none. */
export function storageTargetOf(storage: LaunchModes['storage']): string | null {
  if (storage === 'off') return null
  return storage === 'frame' || storage === 'frame-missing' ? 'platform_storage' : '_parent'
}
