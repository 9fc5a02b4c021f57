import { randomUUID } from 'node:crypto'
import type { PlatformCourse } from './courses.ts'
import { newDeepLinkingRequest } from './deep-linking.ts'
import type { LineItem } from './gradebook.ts'
import type { LaunchMessage, PreparedLaunch } from './launches.ts'
import { ownLinkId, type ResourceLink } from './links.ts'
import { readModes, UnknownMode } from './modes.ts'
import type { Person } from './people.ts'
import type { Platform } from './platform.ts'
import { openServiceModes, serviceOf } from './service-modes.ts'
import type { ToolRegistration } from './tools.ts'

/** What a launch shall be, before it has an id. */
export interface LaunchWish {
  person: Person
  course: PlatformCourse
  /** Null is the link of the reviewed line item, else the course's own link. */
  link: ResourceLink | null
  kind: { to: 'open' } | { to: 'add-content' } | { to: 'review'; learner: Person; lineItem: LineItem }
  tool: ToolRegistration
  deploymentId: string
  documentTarget: 'iframe' | 'window'
  locale: string
  /** Its own modes, beside the standing ones. */
  words: string[]
}

/** Prepares a launch of any kind. Throws UnknownMode for a mode that does not exist or binds the whole platform. */
export function prepareLaunch(platform: Platform, wish: LaunchWish): PreparedLaunch {
  const { person, course, tool, deploymentId, documentTarget, locale, words } = wish
  const modes = readModes([...platform.standingModes, ...words])
  return platform.launches.prepare({
    person,
    course,
    link: wish.link ?? linkOfReview(platform, wish) ?? ownLinkIn(platform, course),
    message: messageOf(platform, wish, modes),
    tool,
    deploymentId,
    documentTarget,
    locale,
    modes,
    faults: holdFaults(platform, words),
  })
}

function linkOfReview({ links }: Platform, { kind }: LaunchWish): ResourceLink | undefined {
  return kind.to === 'review' ? links.find((link) => link.id === kind.lineItem.resourceLinkId) : undefined
}

function ownLinkIn(platform: Platform, course: PlatformCourse): ResourceLink {
  const found = platform.links.find((link) => link.id === ownLinkId(course))
  if (!found) throw new Error(`the course ${course.id} has no link of its own`)
  return found
}

function messageOf(
  platform: Platform,
  { kind, course, person, tool, deploymentId }: LaunchWish,
  modes: ReturnType<typeof readModes>,
): LaunchMessage {
  if (kind.to === 'open') return { type: 'LtiResourceLinkRequest' }
  if (kind.to === 'review')
    return { type: 'LtiSubmissionReviewRequest', learner: kind.learner, lineItem: kind.lineItem }
  const request = newDeepLinkingRequest({ course, person, tool, deploymentId }, modes)
  platform.deepLinking.set(request.id, request)
  return { type: 'LtiDeepLinkingRequest', request }
}

// The word goes into the service addresses of the launch, so that only calls to these addresses are spoilt.
function holdFaults(platform: Platform, words: string[]): string | null {
  const ofServices = words.filter((word) => serviceOf(word) !== null)
  const elsewhere = ofServices.find((word) => ['token', 'dynreg'].includes(serviceOf(word) as string))
  if (elsewhere) throw new UnknownMode(`${elsewhere} binds the whole platform, not one launch`)
  if (ofServices.length === 0 && !words.includes('moodle')) return null
  const id = randomUUID().slice(0, 8)
  platform.held.set(id, openServiceModes(words))
  return id
}
